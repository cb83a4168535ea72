"""Times and sizes as a user writes them: 90s, 10m, 1h30m, 20ms; 500MB, 4GiB."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ftcli.errors import UserError

_SECONDS: Mapping[str, float] = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_BYTES: Mapping[str, float] = {
    "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40,
}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)")


def seconds(text: str, option: str) -> float:
    """The seconds of a time; a number alone is seconds. Raises `UserError`, which names the option."""
    return _sum(text, option, _SECONDS, "s", "90s, 10m or 1h30m")


def size(text: str, option: str) -> float:
    """The bytes of a size; a number alone is bytes. Raises `UserError`, which names the option."""
    return _sum(text, option, _BYTES, "b", "500MB or 4GiB")


def _sum(text: str, option: str, units: Mapping[str, float], usual: str, right: str) -> float:
    written = text.strip().lower()
    parts = _PART.findall(written)
    whole = "".join(_PART.sub("", written).split()) == ""
    if not parts or not whole or any((unit or usual) not in units for _, unit in parts):
        raise UserError(f"{option}: {text!r} is not one; {right} would be right")
    total = sum(float(number) * units[unit or usual] for number, unit in parts)
    if total <= 0:
        raise UserError(f"{option}: {text!r} is nothing; {right} would be right")
    return total
