"""Lengths of time as a user writes them: 90s, 20m, 1h30m."""

from __future__ import annotations

import re

_NUMBER = r"(\d+(?:\.\d+)?)"
_LENGTH = re.compile(
    rf"(?:{_NUMBER}\s*d)?\s*(?:{_NUMBER}\s*h)?\s*(?:{_NUMBER}\s*m(?:in)?)?\s*(?:{_NUMBER}\s*s)?",
    re.IGNORECASE,
)
_UNITS = (86400, 3600, 60, 1)


def seconds_of(text: str) -> float | None:
    """The seconds of a length of time; None for what is none: a number without a unit, nothing, or zero."""
    match = _LENGTH.fullmatch(text.strip())
    parts = match.groups() if match else ()
    return sum(float(part) * unit for part, unit in zip(parts, _UNITS, strict=False) if part) or None


def in_words(seconds: float) -> str:
    """The seconds as `seconds_of` reads them: 5400 is 1h30m."""
    parts, left = [], round(seconds)
    for unit, name in zip(_UNITS, "dhms", strict=True):
        count, left = divmod(left, unit)
        parts += [f"{count}{name}"] if count else []
    return "".join(parts) or f"{seconds:g}s"
