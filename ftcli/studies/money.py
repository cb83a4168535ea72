"""What seconds cost, in the currency of the user's price of an hour."""

from __future__ import annotations

import math


def money(price: float | None, seconds: float | None) -> float | None:
    """The cost of `seconds`, where an hour costs `price`; None where either is not known."""
    if price is None or seconds is None or not math.isfinite(seconds):
        return None
    return price * seconds / 3600
