"""Texts as token ids and back."""

from __future__ import annotations

from typing import Any

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.slow_tokenizer import tokenizer


def tokens_of(text: str) -> list[int]:
    """The token ids of a text, however long, with the special tokens around it."""
    return list(tokenizer()(text, verbose=False)["input_ids"])


def text_of(ids: Any) -> str:
    """The text of token ids, without special tokens."""
    options = {"skip_special_tokens": True, "clean_up_tokenization_spaces": SETTINGS["text"]["joined"]}
    return str(tokenizer().decode([int(token) for token in ids], **options))
