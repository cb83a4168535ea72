"""Dynamic time warping: two sequences of frames, laid beside each other at the least cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def warped_mean(costs: Floats) -> float:
    """The mean of `costs` (T, T') along the path from the first pair of frames to the last with the least sum.

    A step goes on by one frame in either sequence or in both (Sakoe and Chiba, 1978, without weights). Of paths with
    equal sums the one that goes on in both counts. NaN where a sequence has no frame.
    """
    if costs.size == 0:
        return float("nan")
    rows = len(costs)
    none = np.full(rows + 1, np.inf), np.zeros(rows + 1)
    before, last = (
        (none[0].copy(), none[1]),
        none,
    )  # sums and lengths of two diagonals, a border and then each row
    before[0][0] = 0.0
    for diagonal in _diagonals(costs):
        sums, lengths = before[0][:-1], before[1][:-1]  # on in both
        for moved in (slice(None, -1), slice(1, None)):  # on in the first, on in the second
            less = last[0][moved] < sums
            sums, lengths = np.where(less, last[0][moved], sums), np.where(less, last[1][moved], lengths)
        before, last = last, (none[0].copy(), none[1].copy())
        last[0][1:], last[1][1:] = sums + diagonal, lengths + 1
    return float(last[0][-1] / last[1][-1])


def _diagonals(costs: Floats) -> Floats:
    """(T + T' - 1, T): row d holds the costs of the pairs (i, d - i); infinite where there is no such pair."""
    rows, columns = costs.shape
    diagonals = np.full((rows + columns - 1, rows), np.inf)
    row, column = np.ogrid[:rows, :columns]
    diagonals[row + column, row] = costs
    return diagonals
