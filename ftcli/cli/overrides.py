"""Overrides as the shell hands them over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand
from typer.exceptions import TyperException

from ftcli.errors import UserError

_WHOLE = re.compile(r"[a-z_]+(?:\.[a-z_]+)*=.")


def joined(words: Sequence[str]) -> list[str]:
    """`key = value`, `key =value` and `key= value`, which are several words, as the one that they are meant to be."""
    found: list[str] = []
    valued = False  # whether the word before was the sign alone, so that this one is the value
    for word in words:
        last = found[-1] if found else ""
        begins = word.startswith("=") and last and "=" not in last
        ends = last.find("=") == len(last) - 1 > 0 and not _WHOLE.match(word)
        if begins or ends or valued:
            found[-1] += word
        else:
            found.append(word)
        valued = word == "=" and bool(begins)
    return found


class TakesKeys(TyperCommand):
    """A command whose user may take a key of the YAML for an option, as in `--epochs 3`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Raises `UserError` for such an option, with what to write."""
        try:
            return super().parse_args(ctx, args)
        except TyperException as error:
            from ftcli.config.messages import home_of

            option = getattr(error, "option_name", "")
            key = home_of(option.lstrip("-").replace("-", "_"))
            if key is None:
                raise
            raise UserError(
                f"{option} is a key of the YAML, not an option: write {key}=VALUE behind the data"
            ) from None
