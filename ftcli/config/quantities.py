"""Lengths of time and sizes as a user writes them: 90s, 20m, 1h30m, 20ms; 500MB, 4GiB. All of them need a unit."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from itertools import pairwise

_SECONDS: Mapping[str, float] = {"d": 86400, "h": 3600, "m": 60, "min": 60, "s": 1, "ms": 1e-3}
# A letter alone is a power of 1024, as for Docker and Slurm.
_BYTES: Mapping[str, float] = {
    "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40,
}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")


def seconds_of(text: str) -> float | None:
    """The seconds of a length of time; None for what is not one: a number without a unit, nothing, zero, or no end."""
    return _sum(text, _SECONDS)


def time_written(seconds: float) -> str:
    """A length of time as `seconds_of` reads it, in whole minutes where it is some, else in whole seconds, up."""
    whole = max(1, math.ceil(seconds))
    return f"{whole}s" if whole % 60 else f"{whole // 60}m"


def bytes_of(text: str) -> float | None:
    """The bytes of a size; None for what is not one: a number without a unit, nothing, zero, or no end."""
    return _sum(text, _BYTES)


def _sum(text: str, units: Mapping[str, float]) -> float | None:
    """The sum of numbers with units, from the largest unit down; None for anything else."""
    written = text.strip().lower()
    parts = _PART.findall(written)
    sizes = [units.get(unit) for _, unit in parts]
    known = [size for size in sizes if size is not None]
    falling = all(larger > smaller for larger, smaller in pairwise(known))
    if _PART.sub("", written) or len(known) < len(sizes) or not falling:
        return None
    found = sum(float(number) * size for (number, _), size in zip(parts, known, strict=True))
    return found if 0 < found < math.inf else None


def in_words(seconds: float) -> str:
    """The seconds as `seconds_of` reads them: 5400 is 1h30m."""
    parts, left = [], round(seconds)
    for name in "dhms":
        count, left = divmod(left, round(_SECONDS[name]))
        parts += [f"{count}{name}"] if count else []
    return "".join(parts) or f"{seconds:g}s"
