"""Features and targets for tests of evidence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


def classes(
    count: int, width: int, several: int = 3, apart: float = 1.0, seed: int = 0
) -> tuple[Array, Whole]:
    """Examples around a point for each class, in equal numbers, at a distance in deviations."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % several
    centres = generator.normal(size=(several, width)) * apart
    return centres[labels] + generator.normal(size=(count, width)), labels


def numbers(count: int, width: int, outputs: int = 2, seed: int = 0) -> tuple[Array, Array]:
    """Values that are linear in the features but for noise, far from zero and of several sizes."""
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(count, width))
    values = features @ generator.normal(size=(width, outputs)) + generator.normal(size=(count, outputs))
    return features, values * 10.0 ** np.arange(outputs) + 100


def rounded(features: Array) -> NDArray[np.float32]:
    """The features with the digits of bfloat16."""
    bits = features.astype(np.float32).view(np.uint32)
    less: NDArray[np.float32] = ((bits + 0x8000) & 0xFFFF0000).astype(np.uint32).view(np.float32)
    return less
