"""Cells that are texts, lists of words, or chats."""

from __future__ import annotations

from ftcli.contracts.chats import Chat
from ftcli.data.chats.turns import chat_of, is_chat


def as_text(cell: object) -> str:
    """A text cell as a string; None is an empty text."""
    return "" if cell is None else cell if isinstance(cell, str) else str(cell)


def as_words(cell: object) -> str | tuple[str, ...] | Chat:
    """A text cell as a string, or as its words or its turns where it is a list of them."""
    if is_chat(cell):
        return chat_of(cell)
    return tuple(map(as_text, cell)) if isinstance(cell, list | tuple) else as_text(cell)
