"""What a linear fit is judged by: cross-entropy of one of several classes, or of labels that are each there or not."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# While it is fitted, the logit of what all examples of a fit have; less it, of what none has.
CERTAIN = 1e30


class Loss(Protocol):
    """A loss of logits (fits, N, outputs), convex in them."""

    outputs: int

    def look(self, logits: Array) -> tuple[Array, Array]:
        """The loss of each example, (fits, N), and probabilities (fits, N, outputs): less `targets`, its slope."""

    @property
    def targets(self) -> Array:
        """1 for what is there, (N, outputs)."""

    def certain(self, seen: Array) -> Array:
        """`CERTAIN`, or less it, for outputs of which the examples of a fit (fits, N) show one side only, else 0."""

    def doubtful(self, logits: Array, certain: Array, seen: Array) -> Array:
        """Finite logits (fits, outputs) for outputs that were certain: a probability of about one in N."""


class OneOf:
    """One class an example, `labels` (N,) of so many `classes`."""

    def __init__(self, labels: NDArray[np.int64], classes: int) -> None:
        self.outputs = classes
        self.labels = labels
        self._rows = np.arange(len(labels))
        self.targets = np.zeros((len(labels), classes))
        self.targets[self._rows, labels] = 1

    def look(self, logits: Array) -> tuple[Array, Array]:
        top = logits.max(axis=2, keepdims=True)
        shares = np.exp(logits - top)
        total = shares.sum(axis=2, keepdims=True)
        shares /= total
        values = (np.log(total) + top)[..., 0] - logits[:, self._rows, self.labels]
        return values, shares

    def certain(self, seen: Array) -> Array:
        return np.where(seen @ self.targets == 0, -CERTAIN, 0)

    def doubtful(self, logits: Array, certain: Array, seen: Array) -> Array:
        count = seen.sum(axis=1)
        top = logits.max(axis=2)
        total = top + np.log(np.exp(logits - top[..., None]).sum(axis=2))
        level = (total * seen).sum(axis=1) / count - np.log(count)
        return np.where(certain != 0, level[:, None], 0)


class EachOf:
    """Labels (N, outputs) of 0 and 1, one independent of the other; the loss of an example is their sum."""

    def __init__(self, labels: Array) -> None:
        self.outputs = labels.shape[1]
        self.targets = labels

    def look(self, logits: Array) -> tuple[Array, Array]:
        small = np.exp(-np.abs(logits))
        shares = np.where(logits >= 0, 1, small) / (1 + small)
        values = np.maximum(logits, 0) + np.log1p(small) - logits * self.targets
        return values.sum(axis=2), shares

    def certain(self, seen: Array) -> Array:
        there = seen @ self.targets
        return np.where(there == 0, -CERTAIN, np.where(there == seen.sum(axis=1, keepdims=True), CERTAIN, 0))

    def doubtful(self, logits: Array, certain: Array, seen: Array) -> Array:
        level: Array = np.sign(certain) * np.log(seen.sum(axis=1, keepdims=True))
        return level
