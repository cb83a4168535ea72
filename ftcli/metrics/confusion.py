"""The confusion matrix, and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ftcli.metrics.per_class import PerClass, Row


class Confusion:
    """Counts of (true class, predicted class). The prediction is the largest output; the first of equals."""

    thorough: ClassVar[bool] = False

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.matrix = torch.zeros(len(classes), len(classes), dtype=torch.int64)  # rows: true

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B, C), `targets` (B,) of int64 class indices."""
        self.matrix = self.matrix.to(outputs.device)
        cells = targets * len(self.classes) + outputs.argmax(dim=1)
        # Not bincount: on a GPU it waits for the largest value, even with minlength.
        self.matrix.view(-1).scatter_add_(0, cells, torch.ones_like(cells))

    def merge(self, other: Confusion) -> None:
        """Add the counts of `other`."""
        self.matrix = self.matrix + other.matrix.to(self.matrix.device)

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

    def per_class(self) -> PerClass:
        """The counts of each class."""
        matrix = self.matrix.cpu()
        return PerClass(matrix.diagonal(), matrix.sum(dim=0), matrix.sum(dim=1))
