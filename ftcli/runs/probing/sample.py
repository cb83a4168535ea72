"""A sample of a large split."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.data.sampling import in_proportion

# Examples of each class that a sample has, where there are as many, before classes are in proportion.
LEAST_OF_EACH = 20


def spread(labels: Sequence[Any], most: int, seed: int) -> NDArray[np.int64]:
    """The positions of at most `most` examples, ascending: of each label in proportion, but at least some of each."""
    places: dict[Any, int] = {}
    codes = np.array([places.setdefault(label, len(places)) for label in labels], dtype=np.int64)
    rank = np.random.default_rng(seed).permutation(len(codes))
    return np.sort(in_proportion(codes, rank, LEAST_OF_EACH)[:most])
