"""The confusion matrix, and what follows from it."""

from __future__ import annotations

from typing import ClassVar

from ftcli.metrics.pair_counts import PairCounts
from ftcli.metrics.per_class import Row


class Confusion(PairCounts):
    """Counts of (true class, predicted class). The prediction is the largest output; the first of equals.

    `update` takes outputs (B, C) and targets (B,) of int64 class indices.
    """

    thorough: ClassVar[bool] = False

    def compute(self) -> dict[str, float]:
        """accuracy, precision_macro, recall_macro, f1_macro."""
        counts = self.per_class()
        examples = int(counts.support.sum())
        if examples == 0:
            return {}
        return {"accuracy": int(counts.hits.sum()) / examples, **counts.macro()}

    def table(self) -> list[Row]:
        """A row for each class: class, precision, recall, f1, support."""
        return self.per_class().rows(self.classes)
