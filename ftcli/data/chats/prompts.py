"""Columns of prompts, whose answers are in another column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain
from typing import Any

from ftcli.contracts import TargetKind
from ftcli.contracts.chats import Chat
from ftcli.data.chats.turns import with_answer
from ftcli.errors import shortened


def prompt_column(names: Mapping[str, str], kind: TargetKind, *, answered: bool) -> str | None:
    """The column that is called like a prompt, by `names` in small letters.

    Unless the answers are known, a column that is called like a text, or a chat, goes first: then there is none.
    """
    groups = kind.text_columns[: 2 if kind.chats else 1]
    if not answered and any(name in names for name in chain(*groups)):
        return None
    return next((names[name] for name in chain(*kind.prompts) if name in names), None)


def exchange(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`Example.inputs` in which the text has what belongs to it: its context, and to a chat its answer."""
    found = {role: cell for role, cell in inputs.items() if role != "context"}
    if isinstance(text := inputs.get("text"), Chat):
        answer = found.pop("target", None)
        return {**found, "text": with_answer(text, answer)}
    context = inputs.get("context", "")
    return found | {"text": f"{text!s}\n\n{context}"} if str(context).strip() else found


def unread_columns(free: Mapping[str, str], kind: TargetKind, kept: Collection[str], *, joined: bool) -> str:
    """Which columns are left out of prompts and chats, for a note; "" where none is.

    `free` are those without a role, by their names in small letters, and `kept` those that are kept beside examples.
    """
    rest = [column for column in free.values() if column not in kept]
    hint = (
        ""
        if joined or not free.keys() & set(chain(*kind.contexts))
        else "; data.context joins one to the text"
    )
    return f"not read: {shortened(rest)}{hint}" if rest and kind.prompts else ""
