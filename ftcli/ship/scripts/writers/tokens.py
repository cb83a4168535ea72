"""Texts as token ids and back."""

from __future__ import annotations

from typing import Any

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.tokenizer import tokenizer

# What is put together again where the tokenizer parts punctuation from words.
PARTED = (" .", " ?", " !", " ,", " ' ", " n't", " 'm", " 's", " 've", " 're")


def tokens_of(text: str) -> list[int]:
    """The token ids of a text, however long, with the special tokens around it."""
    made = tokenizer()
    made.no_truncation()
    return list(made.encode(text).ids)


def text_of(ids: Any) -> str:
    """The text of token ids, without special tokens."""
    text: str = tokenizer().decode([int(token) for token in ids], skip_special_tokens=True)
    for mark in PARTED if SETTINGS["text"]["joined"] else ():
        text = text.replace(mark, mark.strip())
    return text
