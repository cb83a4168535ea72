"""Tiny vocabularies in the files that published tokenizers have: WordPiece, byte pairs and SentencePiece."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import transformers as hf
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from tests.tiny import models as tiny

SPECIALS = {
    "bert": ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    "roberta": ("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
    "nllb": ("ace_Arab", "ace_Latn", "acm_Arab", "deu_Latn", "eng_Latn"),
    "qwen": ("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    "whisper": (
        "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>",
        "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The files of a tokenizer by the kind of name they are published under, and how many ids the network needs.

    `first` is the id of the special tokens that a published one has behind all others, or before them.
    """

    files: dict[str, bytes]
    size: int
    first: int = 0

    def file(self, name: str) -> bytes | None:
        """The content of the file that is published as `name`, if it is one of a tokenizer."""
        for suffix in (".model", ".spm"):
            if name.endswith(suffix):
                return self.files.get(suffix)
        return self.files.get(name)


def _pieces(**options: Any) -> bytes:
    model = io.BytesIO()
    lines = [*tiny.CORPUS, " ".join(tiny.CHARACTERS)]
    SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=model,
        hard_vocab_limit=False,
        minloglevel=3,
        **{"vocab_size": 90, **options},
    )
    return model.getvalue()


def _wordpiece() -> dict[str, bytes]:
    pieces = [
        *SPECIALS["bert"],
        *tiny.CHARACTERS,
        *(f"##{letter}" for letter in tiny.CHARACTERS),
        *tiny.WORDS,
    ]
    return {"vocab.txt": "\n".join(dict.fromkeys(pieces)).encode()}


def _byte_pairs(*specials: str) -> dict[str, bytes]:
    vocab, merges = tiny.byte_pairs(*specials)
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    return {"vocab.json": json.dumps(vocab).encode(), "merges.txt": "\n".join(lines).encode()}


def _marian() -> dict[str, bytes]:
    pieces = _pieces()
    tokens = list(dict.fromkeys(["</s>", "<unk>", *_listed(pieces), "<pad>"]))
    return {".spm": pieces, "vocab.json": json.dumps({token: i for i, token in enumerate(tokens)}).encode()}


def _m2m100() -> dict[str, bytes]:
    pieces = _pieces()
    tokens = list(dict.fromkeys(["<s>", "<pad>", "</s>", "<unk>", *_listed(pieces)]))
    return {".model": pieces, "vocab.json": json.dumps({token: i for i, token in enumerate(tokens)}).encode()}


def _listed(model: bytes) -> list[str]:
    read = SentencePieceProcessor(model_proto=model)
    return [read.id_to_piece(index) for index in range(read.get_piece_size())]


MODELS = (
    "spiece.model",
    "sentencepiece.bpe.model",
    "spm.model",
    "spm_char.model",
)  # by the taste of publishers
_T5: dict[str, Any] = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
_ALBERT: dict[str, Any] = {
    "pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1, "control_symbols": "[CLS],[SEP],[MASK]"
}  # fmt: skip
_DEBERTA: dict[str, Any] = {
    "pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3,
    "pad_piece": "[PAD]", "bos_piece": "[CLS]", "eos_piece": "[SEP]", "unk_piece": "[UNK]",
}  # fmt: skip
_XLNET: dict[str, Any] = {"control_symbols": "<cls>,<sep>,<pad>,<mask>,<eod>,<eop>"}

# By the kind of a repository: its class in transformers, what its files hold, and special tokens that are added behind.
_Made = tuple[str, Callable[[], dict[str, bytes]], tuple[str, ...]]
_KINDS: dict[str, _Made] = {
    "wordpiece": ("BertTokenizer", _wordpiece, ()),
    "roberta": ("RobertaTokenizer", lambda: _byte_pairs(*SPECIALS["roberta"]), ()),
    "gpt2": ("GPT2Tokenizer", lambda: _byte_pairs("<|endoftext|>"), ()),
    "smollm2": ("GPT2Tokenizer", lambda: _byte_pairs(*SPECIALS["qwen"]), ()),
    "qwen": ("Qwen2Tokenizer", _byte_pairs, SPECIALS["qwen"]),
    "whisper": ("WhisperTokenizer", _byte_pairs, SPECIALS["whisper"]),
    "albert": ("AlbertTokenizer", lambda: {".model": _pieces(**_ALBERT)}, ()),
    "xlnet": ("XLNetTokenizer", lambda: {".model": _pieces(**_XLNET)}, ()),
    "t5": ("T5Tokenizer", lambda: {".model": _pieces(**_T5)}, ()),
    "deberta": ("DebertaV2Tokenizer", lambda: {".model": _pieces(**_DEBERTA)}, ()),
    "xlm-roberta": ("XLMRobertaTokenizer", lambda: {".model": _pieces()}, ()),
    "modernbert": ("GPT2Tokenizer", _byte_pairs, ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]")),
    "eurobert": ("GPT2Tokenizer", _byte_pairs, ("<|begin_of_text|>", "<|end_of_text|>", "<|mask|>")),
    "gemma": ("GPT2Tokenizer", lambda: _byte_pairs("<pad>", "<eos>", "<bos>", "<unk>", "<mask>"), ()),
    "mt5": ("T5Tokenizer", lambda: {".model": _pieces(**_T5)}, ()),
    "byt5": ("ByT5Tokenizer", dict, ()),
    "m2m100": ("M2M100Tokenizer", _m2m100, ()),
    "nllb": ("NllbTokenizer", lambda: {".model": _pieces()}, SPECIALS["nllb"]),
    "mbart-50": ("MBart50Tokenizer", lambda: {".model": _pieces()}, ()),
    "speecht5": (
        "SpeechT5Tokenizer",
        lambda: {".model": _pieces(model_type="char")},
        ("<mask>", "<ctc_blank>"),
    ),
    "marian": ("MarianTokenizer", _marian, ()),
}


@cache
def vocabulary(kind: str) -> Vocabulary:
    """The tiny vocabulary of a kind."""
    name, make, added = _KINDS[kind]
    files = make()
    if kind == "marian":  # which warns of a package for punctuation
        size = len(json.loads(files["vocab.json"]))
        return Vocabulary(files, size, size - 1)
    with tempfile.TemporaryDirectory() as folder:
        for file, content in files.items():
            for one in MODELS if file == ".model" else (file,):
                (Path(folder) / one).write_bytes(content)
        tokenizer: Any = getattr(hf, name).from_pretrained(folder)
        if added:
            tokenizer.add_special_tokens({"additional_special_tokens": list(added)})
        if tokenizer.is_fast:
            files["tokenizer.json"] = tokenizer.backend_tokenizer.to_str().encode()
    codes = getattr(tokenizer, "lang_token_to_id", {})
    size = max([*tokenizer.get_vocab().values(), *codes.values()]) + 1
    first = tokenizer.convert_tokens_to_ids(added[0]) if added else 0
    return Vocabulary(files, size, first)
