"""Dynamic time warping: the alignment of two sequences of frames at the least cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Paths = NDArray[np.complex128]  # the sum along a path, and as imaginary part its length


def warped_mean(costs: Floats) -> float:
    """The mean of `costs` (T, T') along the path from the first pair of frames to the last with the least sum.

    A step goes on by one frame in either sequence or in both (Sakoe and Chiba, 1978, without weights). Of paths with
    equal sums the shortest. NaN where a sequence has no frame.
    """
    if costs.size == 0:
        return float("nan")
    # A border, and then each row.
    before, last = (np.full(len(costs) + 1, np.inf, dtype=complex) for _ in range(2))
    before[0] = 0.0
    for diagonal in _diagonals(costs):
        # The minimum of complex numbers goes by the real part, and where that is equal by the imaginary one.
        # A step in both sequences, in the first, in the second.
        best = np.minimum(before[:-1], np.minimum(last[:-1], last[1:]))
        before, last = last, np.concatenate([[np.inf], best + diagonal])
    return float(last[-1].real / last[-1].imag)


def _diagonals(costs: Floats) -> Paths:
    """(T + T' - 1, T): row d holds the steps to the pairs (i, d - i); infinite where there is no such pair."""
    rows, columns = costs.shape
    diagonals = np.full((rows + columns - 1, rows), np.inf, dtype=complex)
    row, column = np.ogrid[:rows, :columns]
    diagonals[row + column, row] = costs + 1j
    return diagonals
