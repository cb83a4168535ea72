"""The special tokens of each family of models: their names and order, where a text gets them, where decoders begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_CTC_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES,
)

from ftcli.errors import ModelError

# Fields of a configuration that follow from the tokenizer.
IDS = ("pad_token_id", "bos_token_id", "eos_token_id", "sep_token_id", "cls_token_id", "mask_token_id")
DECIDED = (
    "vocab_size",
    "decoder_vocab_size",
    *IDS,
    "unk_token_id",
    "decoder_start_token_id",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "suppress_tokens",
    "begin_suppress_tokens",
)


@dataclass(frozen=True, slots=True)
class SpecialTokens:
    """The special tokens of a family of models, and where a text gets them.

    `roles` holds the special tokens in the order of their ids. `single` and `pair` are the templates of one text and of
    two ($A, $B; `:1` for the second segment), empty where nothing is added. `start` is the role of the token that
    a decoder is given first, empty where there is no decoder of its own.
    """

    roles: Mapping[str, str]
    single: str = ""
    pair: str = ""
    start: str = ""

    @property
    def tokens(self) -> list[str]:
        """The special tokens by id; one may have two roles."""
        return list(dict.fromkeys(self.roles.values()))


def _special_tokens(single: str = "", pair: str = "", start: str = "", **tokens: str) -> SpecialTokens:
    roles = {f"{role}_token": token for role, token in tokens.items()}
    return SpecialTokens(MappingProxyType(roles), single, pair, start and f"{start}_token")


_BERT = _special_tokens(
    "[CLS] $A [SEP]",
    "[CLS] $A [SEP] $B:1 [SEP]:1",
    pad="[PAD]",
    unk="[UNK]",
    cls="[CLS]",
    sep="[SEP]",
    mask="[MASK]",
)
_FAIRSEQ = {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>"}
_ROBERTA = _special_tokens(
    "<s> $A </s>", "<s> $A </s> </s> $B </s>", **_FAIRSEQ, mask="<mask>", cls="<s>", sep="</s>"
)
_BART = _special_tokens(
    "<s> $A </s>", "<s> $A </s> </s> $B </s>", "eos", **_FAIRSEQ, mask="<mask>", cls="<s>", sep="</s>"
)
_MBART = _special_tokens("$A </s>", "$A </s> $B </s>", "eos", **_FAIRSEQ, mask="<mask>")
_GPT2 = _special_tokens(bos="<|endoftext|>", eos="<|endoftext|>", pad="<|pad|>", unk="<|unknown|>")
_LLAMA = _special_tokens("<s> $A", "<s> $A <s>:1 $B:1", pad="<pad>", unk="<unk>", bos="<s>", eos="</s>")
_T5 = _special_tokens("$A </s>", "$A </s> $B </s>", "pad", pad="<pad>", eos="</s>", unk="<unk>")
_WHISPER = _special_tokens(
    "$A <|endoftext|>",
    "$A <|endoftext|> $B <|endoftext|>",
    "bos",
    pad="<|pad|>",
    eos="<|endoftext|>",
    bos="<|startoftranscript|>",
    unk="<|unknown|>",
)
_SPEECHT5 = _special_tokens("$A </s>", "$A </s> $B </s>", "eos", **_FAIRSEQ)
_CTC = _special_tokens(pad="<pad>", bos="<s>", eos="</s>", unk="<unk>")  # the padding is the blank
_VITS = _special_tokens(pad="<pad>", unk="<unk>")

_KNOWN = {
    **dict.fromkeys(("bart", "led", "mvp", "plbart"), _BART),
    **dict.fromkeys(("mbart", "m2m_100", "nllb-moe"), _MBART),
    **dict.fromkeys(("gpt2", "gpt_neo", "gptj", "gpt_neox", "codegen"), _GPT2),
    **dict.fromkeys(("roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl"), _ROBERTA),
    **dict.fromkeys(("camembert", "longformer", "data2vec-text", "mpnet", "xmod", "ibert"), _ROBERTA),
    "speecht5": _SPEECHT5,
    "vits": _VITS,
}


def special_tokens(model_type: str) -> SpecialTokens:
    """The special tokens of a transformers model type. Raises `ModelError` for one that does not take texts."""
    if model_type in _KNOWN:
        return _KNOWN[model_type]
    families = (
        (MODEL_FOR_CTC_MAPPING_NAMES, _CTC),
        (MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES, _T5),
        (MODEL_FOR_SPEECH_SEQ_2_SEQ_MAPPING_NAMES, _WHISPER),
        (MODEL_FOR_MASKED_LM_MAPPING_NAMES, _BERT),
        (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, _LLAMA),
    )
    found = next((tokens for names, tokens in families if model_type in names), None)
    if found is None:
        problem = (
            "has no texts, so it takes no tokenizer" if model_type in CONFIG_MAPPING_NAMES else "is unknown"
        )
        raise ModelError(f"the model type {model_type!r} {problem}")
    return found


def fit_config(config: Any, tokenizer: Any) -> None:
    """Give `config` the vocabulary size and the ids of `tokenizer`, in place of its own.

    A decoder begins as `special_tokens` says, and ends with the end token where the family forces it to.
    """
    rules = special_tokens(config.model_type)
    size = max(tokenizer.get_vocab().values()) + 1
    for part in {id(one): one for one in (config, config.get_text_config())}.values():
        for name in ("vocab_size", "decoder_vocab_size"):
            if hasattr(part, name):
                setattr(part, name, size)
        for name in IDS:
            # VITS puts its padding between all characters: a blank with an embedding that trains.
            if hasattr(part, name) and config.model_type != "vits":
                setattr(part, name, getattr(tokenizer, name))
        for name in ("suppress_tokens", "begin_suppress_tokens", "forced_bos_token_id"):
            if hasattr(part, name):
                setattr(part, name, None)
        if hasattr(part, "forced_eos_token_id"):
            part.forced_eos_token_id = tokenizer.eos_token_id
        if rules.start:
            part.decoder_start_token_id = getattr(tokenizer, f"{rules.start}_id")
