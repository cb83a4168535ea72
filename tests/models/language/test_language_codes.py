"""Codes of languages in texts and in front of what a decoder writes."""

from __future__ import annotations

from typing import Any

import pytest
import transformers as hf

from ftcli.errors import ConfigError
from ftcli.models.language.language_codes import language_codes, set_languages
from tests.models.language.language import PLACES, loaded


def test_languages_mark_the_texts_and_the_start_of_the_decoder(made: dict[str, str]) -> None:
    backbone = loaded(made, "mbart")
    tokenizer: Any = backbone.preprocess.tokenizer  # type: ignore[union-attr]
    codes = language_codes(tokenizer)
    assert tokenizer("a room")["input_ids"][-1] == codes["en_XX"]
    labels = tokenizer(text_target="a room", return_tensors="pt")["input_ids"]
    module: Any = backbone.module
    assert module.decoder_inputs(labels)[0, 0] == codes["ro_RO"]
    assert module.net.generation_config.decoder_start_token_id == codes["ro_RO"]


def test_a_code_in_front_of_the_text_is_forced(made: dict[str, str]) -> None:
    """As mBART-50, M2M100 and NLLB have it: the end, the language, the text."""
    backbone = loaded(made, "mbart")
    specials = [(token, -1.0) for token in ("<s>", "<pad>", "</s>", "<unk>", "▁a")]
    fifty = hf.MBart50Tokenizer(vocab=specials)
    object.__setattr__(backbone.preprocess, "tokenizer", fifty)
    set_languages(backbone, "en_XX", "de_DE", PLACES)
    settings: Any = backbone.module.net.generation_config  # type: ignore[union-attr]
    assert settings.forced_bos_token_id == language_codes(fifty)["de_DE"]


def test_languages_that_a_model_does_not_know_are_listed(made: dict[str, str]) -> None:
    backbone = loaded(made, "mbart")
    with pytest.raises(
        ConfigError, match=r"target_language: this model knows no 'ro'.* It knows: ar_AR, cs_CZ"
    ) as caught:
        set_languages(backbone, None, "ro", PLACES)
    assert "x.yaml:3: model.source_language: is required" in str(caught.value)
    with pytest.raises(
        ConfigError, match=r"source_language: this model has no codes of languages, so leave it"
    ):
        set_languages(loaded(made, "t5"), "en", None, PLACES)
    set_languages(loaded(made, "t5"), None, None, PLACES)
