"""Columns of prompts, whose answers are in another column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import chain

from ftcli.contracts import TargetKind
from ftcli.errors import shortened


def prompt_column(names: Mapping[str, str], kind: TargetKind, *, answered: bool) -> str | None:
    """The column that is called like a prompt, by `names` in small letters.

    Unless the answers are known, a column that is called like a text, or a chat, goes first: then there is none.
    """
    groups = kind.text_columns[: 2 if kind.chats else 1]
    if not answered and any(name in names for name in chain(*groups)):
        return None
    return next((names[name] for name in chain(*kind.prompts) if name in names), None)


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
