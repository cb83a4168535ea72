"""Lengths of time as a user writes them: 90s, 20m, 1h30m, 20ms."""

from __future__ import annotations

import math
import re

_NUMBER = r"(\d+(?:\.\d+)?)"
_LENGTH = re.compile(
    rf"(?:{_NUMBER}\s*d)?\s*(?:{_NUMBER}\s*h)?\s*(?:{_NUMBER}\s*m(?:in)?)?\s*"
    rf"(?:{_NUMBER}\s*s)?\s*(?:{_NUMBER}\s*ms)?",
    re.IGNORECASE,
)
_UNITS = (86400, 3600, 60, 1, 0.001)


def seconds_of(text: str) -> float | None:
    """The seconds of a length of time; None for what is none: a number without a unit, nothing, zero, or no end."""
    match = _LENGTH.fullmatch(text.strip())
    parts = match.groups() if match else ()
    found = sum(float(part) * unit for part, unit in zip(parts, _UNITS, strict=False) if part)
    return found if 0 < found < math.inf else None


def in_words(seconds: float) -> str:
    """The seconds as `seconds_of` reads them: 5400 is 1h30m."""
    parts, left = [], round(seconds)
    for unit, name in zip((86400, 3600, 60, 1), "dhms", strict=True):
        count, left = divmod(left, unit)
        parts += [f"{count}{name}"] if count else []
    return "".join(parts) or f"{seconds:g}s"
