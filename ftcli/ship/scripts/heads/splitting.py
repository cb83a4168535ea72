"""The words of a text, as in training."""

from __future__ import annotations

from typing import Any

from ftcli.tasks.inputs.word_splitting import split_words


def words_of(text: Any) -> list[str]:
    """The words of a plain text, or those that are given."""
    return list(split_words(text) if isinstance(text, str) else text)
