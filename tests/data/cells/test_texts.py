"""Texts, words and chats of cells."""

from __future__ import annotations

from ftcli.contracts.chats import Chat
from ftcli.data.cells.texts import as_text, as_words


def test_cells_are_texts_words_or_turns() -> None:
    assert [as_text(cell) for cell in ("a", None, 3)] == ["a", "", "3"]
    assert as_words(["a", None, 3]) == ("a", "", "3")
    chat = as_words([{"role": "user", "content": "a"}])
    assert (type(chat), chat) == (Chat, (("user", "a"),))
    assert as_words("a") == "a"
