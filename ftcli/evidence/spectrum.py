"""Features as directions of unit length in the space of examples, with what each weighs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def decomposed(features: Array) -> tuple[Array, Array]:
    """Left singular vectors (N, k) and squared singular values (k,) of features (N, D) of rank k."""
    count, width = features.shape
    if width <= count:
        squares, vectors = _positive(features.T @ features, count)
        return features @ (vectors / np.sqrt(squares)), squares
    squares, vectors = _positive(features @ features.T, width)
    return vectors, squares


def _positive(gram: Array, size: int) -> tuple[Array, Array]:
    """Eigenvalues that are more than rounding, and their vectors."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > max(values[-1], 0) * max(size, len(gram)) * np.finfo(np.float64).eps
    return values[kept], vectors[:, kept]
