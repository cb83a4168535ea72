"""The tokenizer, by the package tokenizers alone."""

from __future__ import annotations

from functools import cache
from typing import Any

from tokenizers import Encoding, Tokenizer

from ftcli.ship.scripts.onnx_runtime import FOLDER
from ftcli.ship.scripts.settings import SETTINGS


@cache
def tokenizer() -> Tokenizer:
    """It cuts texts that are too long."""
    made = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    text = SETTINGS["text"]
    made.enable_truncation(text["max_length"], strategy="longest_first", direction=text["truncation_side"])
    return made


def tokenise(texts: list[Any], *, words: bool = False) -> list[Encoding]:
    """The tokens of each text, of a pair (text, text), or of a list of words."""
    return list(tokenizer().encode_batch(texts, is_pretokenized=words))
