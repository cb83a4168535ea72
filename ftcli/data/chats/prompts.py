"""Columns of prompts, whose answers are in another column."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from ftcli.contracts import TargetKind


def prompt_column(names: Mapping[str, str], kind: TargetKind, *, answered: bool) -> str | None:
    """The column that is called like a prompt, by `names` in small letters.

    Unless the answers are known, a column that is called like a text, or a chat, goes first: then there is none.
    """
    groups = kind.text_columns[: 2 if kind.chats else 1]
    if not answered and any(name in names for name in chain(*groups)):
        return None
    return next((names[name] for name in chain(*kind.prompts) if name in names), None)
