"""Precision, recall and F1 from three counts of each class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Row = dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class PerClass:
    """Counts of each class, int64 (C,) on the CPU.

    A share of nothing is 0, as with scikit-learn's `zero_division=0`.
    """

    hits: Tensor  # predicted, and true
    predicted: Tensor
    support: Tensor  # true

    @property
    def precision(self) -> Tensor:
        """float64 (C,)."""
        return _share(self.hits, self.predicted)

    @property
    def recall(self) -> Tensor:
        """float64 (C,)."""
        return _share(self.hits, self.support)

    @property
    def f1(self) -> Tensor:
        """float64 (C,)."""
        return _share(2 * self.hits, self.predicted + self.support)

    @property
    def iou(self) -> Tensor:
        """Intersection over union, float64 (C,): hits among all that is predicted or true."""
        return _share(self.hits, self.predicted + self.support - self.hits)

    @property
    def occurs(self) -> Tensor:
        """Whether a class is there, in the targets or in the predictions: bool (C,)."""
        return (self.predicted + self.support) > 0

    def macro(self) -> dict[str, float]:
        """Means over the classes that occur, in the targets or in the predictions."""
        occurs = self.occurs
        if not occurs.any():
            return {}
        return {
            "precision_macro": float(self.precision[occurs].mean()),
            "recall_macro": float(self.recall[occurs].mean()),
            "f1_macro": float(self.f1[occurs].mean()),
        }

    def micro(self) -> dict[str, float]:
        """The figures of the counts of all classes together, for what is defined."""
        hits, predicted, support = (int(c.sum()) for c in (self.hits, self.predicted, self.support))
        shares = {
            "precision_micro": (hits, predicted),
            "recall_micro": (hits, support),
            "f1_micro": (2 * hits, predicted + support),
        }
        return {name: part / whole if whole else 0.0 for name, (part, whole) in shares.items()}

    def rows(self, classes: Sequence[str]) -> list[Row]:
        """A row for each class, in order: class, precision, recall, f1, support."""
        columns = (t.tolist() for t in (self.precision, self.recall, self.f1, self.support))
        names = ("class", "precision", "recall", "f1", "support")
        return [dict(zip(names, row, strict=True)) for row in zip(classes, *columns, strict=True)]


def _share(part: Tensor, whole: Tensor) -> Tensor:
    return part.to(torch.float64) / whole.clamp(min=1)
