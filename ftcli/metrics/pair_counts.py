"""Counts of pairs of a true and a predicted class, from which accuracy, F1 and overlap follow."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ftcli.metrics.per_class import PerClass


class PairCounts:
    """A matrix of counts, int64 (C, C): a row for each true class, a column for each predicted one."""

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.matrix = torch.zeros(len(classes), len(classes), dtype=torch.int64)

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B, C, ...) scores or (B, ...) int64 class indices, `targets` (B, ...) of class indices.

        A negative target is not counted.
        """
        self.matrix = self.matrix.to(outputs.device)
        chosen = outputs if outputs.ndim == targets.ndim else outputs.argmax(dim=1)
        _count(self.matrix, chosen, targets)

    def merge(self, other: PairCounts) -> None:
        """Add the counts of `other`."""
        self.matrix = self.matrix + other.matrix.to(self.matrix.device)

    def per_class(self) -> PerClass:
        """The counts of each class."""
        matrix = self.matrix.cpu()
        return PerClass(matrix.diagonal(), matrix.sum(dim=0), matrix.sum(dim=1))


def counts_of_each(chosen: Tensor, targets: Tensor, classes: int) -> Tensor:
    """What `PerClass` holds, of each example: int64 (B, 3, C) of class indices (B, ...) and `targets` (B, ...)."""
    made = []
    for one, true in zip(chosen, targets, strict=True):
        matrix = torch.zeros(classes, classes, dtype=torch.int64, device=chosen.device)
        _count(matrix, one, true)
        made.append(torch.stack([matrix.diagonal(), matrix.sum(dim=0), matrix.sum(dim=1)]))
    return torch.stack(made)


def _count(matrix: Tensor, chosen: Tensor, targets: Tensor) -> None:
    """Add the pairs to `matrix`, where it is."""
    cells = targets.clamp(min=0) * len(matrix) + chosen
    counted = (targets >= 0).to(torch.int64)
    # Neither bincount nor boolean indexing: on a GPU both wait for the size of the result.
    matrix.view(-1).scatter_add_(0, cells.reshape(-1), counted.reshape(-1))
