"""Overrides as the shell hands them over."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
