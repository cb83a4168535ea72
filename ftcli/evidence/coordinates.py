"""Features as a linear fit sees them: standardised by what each fit may see, in no more columns than examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftcli.evidence.checked import CONSTANT, centred, inverse

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Numbers that the coordinates of folds may hold at once: folds are fitted together up to here, for speed.
TOGETHER = 2_000_000


@dataclass(frozen=True)
class Coordinates:
    """The columns of several fits, each standardised by its own training examples, with a column of ones at the end.

    Columns are orthonormal directions of the standardised features, so that a penalty on their weights is one on the
    weights of these, in which the training examples vary independently, or nearly so.
    """

    columns: Array  # (fits, N, R + 1)
    spectrum: (
        Array  # (fits or 1, R): the sum of squares of the training examples in each direction, or nearly so
    )
    basis: Array  # (fits or 1, W, R)
    mean: Array  # (fits, W), of the features as they are given
    scale: Array  # (fits, W): 1 by deviation, 0 for a column without any

    def of_features(self, parameters: Array) -> tuple[Array, Array]:
        """Weight (fits, outputs, W) and bias (fits, outputs) for features as they are given."""
        weight = (self.basis @ parameters[:, :-1] * self.scale[..., None]).transpose(0, 2, 1)
        return weight, parameters[:, -1] - (weight @ self.mean[..., None])[..., 0]


class Standardised:
    """Features (N, W), checked and standardised as a whole, from which the coordinates of fits are made."""

    def __init__(self, features: ArrayLike) -> None:
        """Raises:
        EvidenceError: features that are not finite, or the same for all examples.
        """
        self.columns, self.mean, deviation = centred(features)
        self.scale = inverse(deviation)
        self.columns *= self.scale
        # Where the span of the examples is much smaller than the features, finding it in each fit pays.
        self._basis: Array | None = None
        self._spectrum = np.zeros(0)
        if 2 * len(self.columns) > self.columns.shape[1]:
            self._spectrum, self._basis = np.linalg.eigh(self.columns.T @ self.columns)
            self._spectrum = np.maximum(self._spectrum, 0)

    def directions(self) -> tuple[Array, Array]:
        """All examples in directions in which they vary independently, (N, R), and the sums of squares, (R,)."""
        if self._basis is None:
            whole = self.coordinates(np.ones((1, len(self.columns)), dtype=bool))
            return whole.columns[0, :, :-1], whole.spectrum[0]
        return self.columns @ self._basis, self._spectrum

    def together(self, seen: Mask) -> Iterator[tuple[slice, Coordinates]]:
        """The coordinates of fits that see these examples (fits, N), as many at once as memory allows."""
        count, width = self.columns.shape
        step = max(1, TOGETHER // (count * (min(count, width) + 1)))
        for start in range(0, len(seen), step):
            part = slice(start, min(start + step, len(seen)))
            yield part, self.coordinates(seen[part])

    def coordinates(self, seen: Mask) -> Coordinates:
        """The coordinates of fits that see these examples, (fits, N)."""
        share = seen / seen.sum(axis=1, keepdims=True)
        middle = share @ self.columns
        columns = self.columns - middle[:, None]
        deviation = np.sqrt((share[:, None] @ columns**2)[:, 0])
        # Columns have a deviation of 1 over all examples: what is far below it is rounding.
        scale = inverse(np.where(deviation > CONSTANT * np.maximum(np.abs(middle), 1), deviation, 0))
        columns *= scale[:, None]
        mean = self.mean + middle * inverse(self.scale)
        if self._basis is None:
            columns, basis, spectrum = _within_span(columns, seen)
        else:
            columns, basis, spectrum = columns @ self._basis, self._basis[None], self._spectrum[None]
        ones = np.ones((*columns.shape[:2], 1))
        return Coordinates(np.concatenate([columns, ones], axis=2), spectrum, basis, mean, scale * self.scale)


def _within_span(columns: Array, seen: Mask) -> tuple[Array, Array, Array]:
    """All examples in an orthonormal basis of the span of those that are seen, the basis, and their squared lengths."""
    training = columns * seen[..., None]
    spectrum, vectors = np.linalg.eigh(training @ training.transpose(0, 2, 1))
    kept = spectrum > spectrum[:, -1:] * columns.shape[1] * np.finfo(np.float64).eps
    spectrum = np.where(kept, spectrum, 0)
    length = inverse(np.sqrt(spectrum))
    basis = training.transpose(0, 2, 1) @ (vectors * length[:, None])
    return columns @ basis, basis, spectrum
