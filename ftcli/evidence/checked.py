"""Features as they are taken in: finite, with columns that do not vary told from those that do."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftcli.errors import EvidenceError

Array = NDArray[np.float64]
# A column whose deviation is below this share of its mean, or of the largest deviation, is constant but for rounding of
# float32.
CONSTANT = 1e-7


def finite(features: ArrayLike, what: str = "features") -> Array:
    """Features (N, ...) in float64.

    Raises:
        EvidenceError: some of them are not finite.
    """
    given = np.asarray(features, dtype=np.float64)
    if not np.isfinite(given).all():
        bad = int((~np.isfinite(given.reshape(len(given), -1))).any(axis=1).sum())
        raise EvidenceError(f"The {what} of {bad:,} of {len(given):,} examples are not finite numbers.")
    return given


def centred(features: ArrayLike) -> tuple[Array, Array, Array]:
    """Features (N, W) less their mean, exactly zero where they do not vary; the mean; deviations, (W,).

    Raises:
        EvidenceError: features that are not finite, or the same for all examples.
    """
    given = finite(features)
    mean = given.mean(axis=0)
    columns = given - mean
    deviation = np.sqrt(np.einsum("nw,nw->w", columns, columns) / len(given))
    constant = deviation <= CONSTANT * np.maximum(np.abs(mean), deviation.max(initial=0.0))
    if constant.all():
        raise EvidenceError("The features are the same for all examples: there is nothing to learn from.")
    columns[:, constant] = 0
    deviation[constant] = 0
    return columns, mean, deviation


def inverse(values: Array) -> Array:
    """1 by each value, and 0 where it is 0."""
    return np.divide(1, values, out=np.zeros_like(values), where=values != 0)
