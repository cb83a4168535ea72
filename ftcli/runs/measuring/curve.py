"""How a cost grows with size, from a few measured points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, slots=True)
class Curve:
    """fixed + each * size + square * size^2; none of them is negative."""

    fixed: float = 0.0
    each: float = 0.0
    square: float = 0.0

    @classmethod
    def through(cls, sizes: Sequence[float], values: Sequence[float]) -> Curve:
        """The curve nearest to the points, in relative squares, with no more terms than there are different sizes.

        One size alone gives values in proportion to it. Raises `ValueError` without a point.
        """
        if not sizes:
            raise ValueError("a curve needs a point")
        x, y = np.asarray(sizes, float), np.maximum(np.asarray(values, float), 1e-12)
        different = len(set(sizes))
        powers = [1] if different == 1 else [0, 1] if different == 2 else [0, 1, 2]
        best, least = cls(), np.inf
        for count in range(1, len(powers) + 1):
            for chosen in combinations(powers, count):
                columns = np.stack([x**power for power in chosen], axis=1) / y[:, None]
                terms = np.linalg.lstsq(columns, np.ones(len(x)), rcond=None)[0]
                error = float(np.square(columns @ terms - 1).sum())
                if (terms >= 0).all() and error < least - 1e-12:
                    found = dict(zip(chosen, map(float, terms), strict=True))
                    best, least = cls(found.get(0, 0.0), found.get(1, 0.0), found.get(2, 0.0)), error
        return best

    def total(self, sizes: ArrayLike) -> float:
        """The sum of the values at all sizes."""
        x = np.asarray(sizes, float)
        return float((self.fixed + self.each * x + self.square * np.square(x)).sum())

    def __call__(self, size: float) -> float:
        return self.total([size])
