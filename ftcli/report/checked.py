"""Values of JSON files that anybody may have written, as the types that are expected, or as nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

Number = int | float
# Longer texts are cut.
MOST_CHARACTERS = 2_000
# What a label may be.
Label = str | int | float | bool | None | tuple[Any, ...]


def number(value: Any) -> Number | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e300 and math.isfinite(value) else None


def count(value: Any) -> int | None:
    """A whole number from 0."""
    found = number(value)
    return found if isinstance(found, int) and found >= 0 else None


def words(value: Any) -> str | None:
    """A text, cut where it is very long."""
    if not isinstance(value, str):
        return None
    return value if len(value) <= MOST_CHARACTERS else f"{value[:MOST_CHARACTERS]}..."


def fields(value: Any) -> Mapping[str, Any]:
    """An object."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> Sequence[Any]:
    """A list."""
    return value if isinstance(value, list) else ()


def label(value: Any) -> Label:
    """What is true or predicted: a text, a number, several of them; anything else as JSON would show it."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if number(value) is not None else str(value)
    if isinstance(value, list):
        return tuple(label(one) for one in value[:50])
    return words(value if isinstance(value, str) else str(value))
