"""What each example contributes to a figure that is no mean of scores, to compare models example by example.

The figure is linearised at the sums of all examples: the infinitesimal jackknife (Jaeckel 1972; Efron 1982, "The
Jackknife, the Bootstrap and Other Resampling Plans", chapter 6).
"""

from __future__ import annotations

import numpy as np

from ftcli.metrics.intervals import Figures, Floats

# Of a sum, what it is changed by to see the slope; numbers that are in memory at once.
_STEP, _TOGETHER = 1e-5, 2**22
# Decimals of a score: what is less is an error of the slopes, and would be a difference between equal models.
_DIGITS = 6


def contributions(statistics: Floats, figures: Figures, name: str) -> Floats:
    """A score (N,) for each example, whose mean is the figure called `name` and whose spread is that of the figure.

    `statistics` (N, K) are what is summed, and `figures` takes sums (B, K), as for `intervals.of_sums`. A mean of
    scores gives these scores. Those of other figures may be below 0 and above 1.
    """
    sums = statistics.sum(axis=0)
    value = float(figures(sums[None])[name][0])
    # What no example has contributes nothing, and a little of it could be another class.
    there = np.flatnonzero(sums)
    slopes = np.empty(len(there))
    each = max(1, _TOGETHER // len(sums))
    for start in range(0, len(there), each):
        part = there[start : start + each]
        step = _STEP * np.abs(sums[part])
        moved = np.zeros((len(part), len(sums)))
        moved[np.arange(len(part)), part] = step
        more, less = (figures(sums + sign * moved)[name] for sign in (1, -1))
        slopes[start : start + each] = (more - less) / (2 * step)
    apart = statistics[:, there] - sums[there] / len(statistics)
    scores: Floats = np.round(value + len(statistics) * (apart @ slopes), _DIGITS)
    return scores
