"""Sizes of memory as a user writes them: 24GiB, 500MB."""

from __future__ import annotations

import math
import re

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(iB|B)?|B)", re.IGNORECASE)


def bytes_of(text: str) -> int | None:
    """The bytes of a size; None for what is none: a number without a unit, nothing, zero, or no end.

    `24G` is 24GB, the smaller of its two meanings, so that a limit is kept by either.
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    base = 1024 if (match[3] or "").lower() == "ib" else 1000
    found = float(match[1]) * base ** (" KMGT".index(match[2].upper()) if match[2] else 0)
    return round(found) or None if found < math.inf else None
