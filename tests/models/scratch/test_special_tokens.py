from __future__ import annotations

import pytest
import transformers as hf

from ftcli.errors import ModelError
from ftcli.models.scratch.special_tokens import fit_config, special_tokens
from ftcli.models.scratch.tokenizers import train_tokenizer
from tests.tiny.models import CORPUS


@pytest.mark.parametrize(
    ("model_type", "first", "start"),
    [
        ("bert", "[PAD]", ""),
        ("gpt2", "<|endoftext|>", ""),
        ("t5", "<pad>", "pad"),
        ("bart", "<s>", "eos"),
        ("whisper", "<|pad|>", "bos"),
        ("wav2vec2", "<pad>", ""),
    ],
)
def test_each_family_has_its_tokens_and_the_start_of_its_decoder(
    model_type: str, first: str, start: str
) -> None:
    rules = special_tokens(model_type)
    assert (rules.tokens[0], rules.start.removesuffix("_token")) == (first, start)


def test_a_configuration_gets_the_ids_of_the_tokenizer() -> None:
    config = hf.T5Config(vocab_size=7, pad_token_id=5, eos_token_id=6)
    tokenizer = train_tokenizer("wordpiece", CORPUS, 80, "t5")
    fit_config(config, tokenizer)
    assert config.vocab_size == len(tokenizer.get_vocab())
    assert (config.pad_token_id, config.eos_token_id) == (tokenizer.pad_token_id, tokenizer.eos_token_id)
    assert config.decoder_start_token_id == tokenizer.pad_token_id


def test_types_without_texts_are_refused() -> None:
    with pytest.raises(ModelError, match="'vit' has no texts"):
        special_tokens("vit")
    with pytest.raises(ModelError, match="'nonsense' is unknown"):
        special_tokens("nonsense")
