"""Messages of tables as turns."""

from __future__ import annotations

from typing import Any

import pytest

from ftcli.data.chats.turns import chat_of, is_chat

TURNS = (("system", "be kind"), ("user", "hello"), ("assistant", "hi"))


@pytest.mark.parametrize(
    "cell",
    [
        [{"role": role, "content": content} for role, content in TURNS],
        [
            {"role": role, "content": [{"type": "text", "text": content}], "name": None}
            for role, content in TURNS
        ],
        [
            {"from": said, "value": content}
            for said, (_, content) in zip(("system", "human", "gpt"), TURNS, strict=True)
        ],
        [{"role": role.title(), "content": None, "text": content} for role, content in TURNS],
        {"role": [role for role, _ in TURNS], "content": [content for _, content in TURNS]},
    ],
)
def test_messages_are_turns_however_they_are_written(cell: Any) -> None:
    assert is_chat(cell)
    assert chat_of(cell) == TURNS


@pytest.mark.parametrize(
    "cell", [None, "a", [], ["a"], [{"text": "a"}], [{"role": "user"}, "a"], {"bytes": b""}, 3]
)
def test_other_cells_are_no_chats(cell: Any) -> None:
    assert not is_chat(cell)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            {"role": "tool", "content": "3"},
            "turn 1 is of the role 'tool': calls and results of tools are not read",
        ),
        (
            {"role": "narrator", "content": "3"},
            "of the role 'narrator': that is not known. Roles are: system",
        ),
        ({"role": "assistant", "content": None}, "turn 1 has None for its content, which is not a text"),
        ({"role": "assistant", "tool_calls": [1]}, "turn 1 calls a tool"),
        (
            {"role": "user", "content": [{"type": "image"}]},
            "turn 1 has a part of type 'image', which is not a text",
        ),
    ],
)
def test_what_is_no_turn_is_named(message: Any, words: str) -> None:
    with pytest.raises(ValueError, match="turn 1") as error:
        chat_of([message])
    assert words in str(error.value)
