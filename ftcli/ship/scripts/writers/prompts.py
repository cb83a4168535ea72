"""Texts to continue as token ids."""

from __future__ import annotations

from ftcli.ship.scripts.settings import SETTINGS
from ftcli.ship.scripts.writers.tokens import tokens_of

PROMPT = SETTINGS["prompt"]


def prompt_of(text: str) -> list[int]:
    """The tokens of a text, without an end token; of a long text the last ones, so that there is room behind them."""
    ids = tokens_of(text + PROMPT["break"])
    ids = ids[:-1] if len(ids) > 1 and ids[-1] == PROMPT["end"] else ids
    return (ids or [SETTINGS["text"]["nothing"]])[-PROMPT["most"] :]
