"""Times, sizes and prices of options."""

from __future__ import annotations

import math

from ftcli.config.quantities import bytes_of, seconds_of
from ftcli.errors import UserError


def seconds(text: str, option: str) -> float:
    """The seconds of a time. Raises `UserError`, which names the option."""
    return _known(seconds_of(text), text, option, "a time with a unit: 90s, 10m or 1h30m")


def size(text: str, option: str) -> int:
    """The bytes of a size. Raises `UserError`, which names the option."""
    return round(_known(bytes_of(text), text, option, "a size with a unit: 500MB or 4GiB"))


def price(value: float | None) -> float | None:
    """The price of an hour. Raises `UserError` for what is not finite."""
    if value is not None and not math.isfinite(value):
        raise UserError(f"--price: should be a number, such as 1.2, not {value}")
    return value


def _known(value: float | None, text: str, option: str, right: str) -> float:
    if value is None:
        raise UserError(f"{option}: {text!r} is not {right} would be right")
    return value
