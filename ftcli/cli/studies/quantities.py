"""Times and sizes that options give, with the units that files have: 90s, 10m, 1h30m, 20ms; 500MB, 4GiB."""

from __future__ import annotations

from ftcli.config.durations import seconds_of
from ftcli.config.sizes import bytes_of
from ftcli.errors import UserError


def seconds(text: str, option: str) -> float:
    """The seconds of a time. Raises `UserError`, which names the option."""
    found = seconds_of(text)
    if found is None:
        raise UserError(f"{option}: {text!r} is not a time with a unit; 90s, 10m or 1h30m would be right")
    return found


def size(text: str, option: str) -> int:
    """The bytes of a size. Raises `UserError`, which names the option."""
    found = bytes_of(text)
    if found is None:
        raise UserError(f"{option}: {text!r} is not a size with a unit; 500MB or 4GiB would be right")
    return found
