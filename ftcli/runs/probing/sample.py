"""A sample of a large split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Examples of each class that a sample has, where there are as many, before classes are in proportion.
LEAST_OF_EACH = 20


def spread(labels: Sequence[Any], most: int, seed: int) -> NDArray[np.int64]:
    """The positions of at most `most` examples, ascending: of each label in proportion, but at least some of each."""
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(label, len(places)) for label in labels], dtype=np.int64)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    by_label = shuffled[np.argsort(codes[shuffled], kind="stable")]
    sizes = np.bincount(codes)
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    # Evenly over each label's own examples, once it has the least.
    share = np.where(rank < LEAST_OF_EACH, -1.0, (rank + 0.5) / np.repeat(sizes, sizes))
    # Where even those are too many, the first of every label come first.
    order = np.lexsort((rank, share))
    return np.sort(by_label[order[:most]])
