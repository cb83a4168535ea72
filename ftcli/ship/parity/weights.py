"""Whether the weights in an export are those of the run: a difference that no row shows is a difference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import ParityError

# The name of a tensor of the network, the tensor as the run has it, and as the export has it.
Pair = tuple[str, NDArray[Any], NDArray[Any]]


def compare_weights(pairs: Iterable[Pair]) -> int:
    """How many tensors there are, all equal. Raises `ParityError` for the first that differs."""
    count = 0
    for name, wanted, found in pairs:
        if wanted.shape != found.shape:
            raise ParityError(f"weights: {name} has the shape {found.shape} in place of {wanted.shape}")
        if not np.array_equal(wanted, found, equal_nan=wanted.dtype.kind == "f"):
            apart = np.abs(wanted.astype(np.float64) - found.astype(np.float64))
            raise ParityError(
                f"weights: {name} differs in {np.count_nonzero(apart):,} of {apart.size:,} elements, "
                f"by {apart.max():.3g} at most"
            )
        count += 1
    return count
