"""What a sweep over learning rates says: pure functions of rising rates and the losses of the steps taken at them.

`rates` and `losses` are float arrays (n); the rates are in any unit, and so is what a rule gives. The rules of other
tools are here as their code has them, to be compared on the same curves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def smoothed(losses: Values, width: float = 2.0) -> Values:
    """Means weighted by a Gaussian of `width` steps, which shifts nothing to the right; NaN and infinity stay out."""
    places = np.arange(len(losses))
    weights = np.exp(-0.5 * ((places[:, None] - places[None, :]) / width) ** 2)
    finite = np.isfinite(losses)
    weights = weights * finite
    return np.asarray(weights @ np.where(finite, losses, 0.0) / np.maximum(weights.sum(axis=1), 1e-12))


def averaged(losses: Values, decay: float = 0.98) -> Values:
    """The exponential average that fastai and Lightning draw, corrected for its start at 0."""
    average, found = 0.0, []
    for step, loss in enumerate(losses, 1):
        average = decay * average + (1 - decay) * loss
        found.append(average / (1 - decay**step))
    return np.array(found)


def valley(rates: Values, losses: Values) -> float:
    """The middle of the longest falling subsequence of the losses (fastai's default)."""
    lengths = np.ones(len(losses), dtype=np.int64)
    for end in range(1, len(losses)):
        below = lengths[:end][losses[:end] > losses[end]]
        lengths[end] = 1 + (below.max() if len(below) else 0)
    last = int(lengths.argmax())
    first = last - int(lengths[last])
    third = (last - first) / 3
    return float(rates[max(0, first + int(third) + int(third / 2))])


def steep(rates: Values, losses: Values) -> float:
    """Where the loss falls most by the logarithm of the rate (fastai)."""
    if len(losses) < 2:
        return float(rates[0])
    return float(rates[int((np.diff(losses) / np.diff(np.log(rates))).argmin())])


def minimum(rates: Values, losses: Values) -> float:
    """A tenth of the rate at the lowest loss (fastai)."""
    return float(rates[int(losses.argmin())]) / 10


def slide(rates: Values, losses: Values, *, apart: int = 15, least: float = 0.005) -> float:
    """From the right, as long as the slopes at two steps that lie `apart` differ by more than `least` (fastai)."""
    if len(losses) < 2:
        return float(rates[0])
    slopes, right = np.gradient(losses), len(losses) - 1
    found = rates[max(0, right - apart)]
    while right - apart >= 0 and abs(slopes[right] - slopes[right - apart]) > least:
        found = rates[right - apart]
        right -= 1
    return float(found)


def lightning(rates: Values, losses: Values, *, first: int = 10, last: int = 1) -> float:
    """Where the loss falls most by the rate itself, without the first and the last steps (Lightning)."""
    kept, at = losses[first : len(losses) - last], rates[first : len(losses) - last]
    if len(kept) < 2:
        return float(rates[0])
    return float(at[int(np.gradient(kept, at).argmin())])
