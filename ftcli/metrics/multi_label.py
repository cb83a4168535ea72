"""Metrics of examples with any number of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ftcli.metrics.per_class import PerClass, Row


def present(logits: Tensor) -> Tensor:
    """The classes that are predicted: probability of at least one half, so a logit of at least 0."""
    return logits >= 0


class MultiLabel:
    """Counts of each class, and of the examples whose classes are all right."""

    thorough: ClassVar[bool] = False

    def __init__(self, classes: Sequence[str]) -> None:
        self.classes = tuple(classes)
        self.examples = 0
        self.exact = torch.zeros((), dtype=torch.int64)
        self.counts = torch.zeros(3, len(classes), dtype=torch.int64)  # hits, predicted, support

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B, C) logits, `targets` (B, C) of 0 and 1."""
        predicted, true = present(outputs), targets > 0.5
        batch = torch.stack([(predicted & true).sum(dim=0), predicted.sum(dim=0), true.sum(dim=0)])
        self.counts = self.counts.to(outputs.device) + batch
        self.exact = self.exact.to(outputs.device) + (predicted == true).all(dim=1).sum()
        self.examples += len(targets)

    def merge(self, other: MultiLabel) -> None:
        """Add the counts of `other`."""
        self.counts = self.counts + other.counts.to(self.counts.device)
        self.exact = self.exact + other.exact.to(self.exact.device)
        self.examples += other.examples

    def compute(self) -> dict[str, float]:
        """exact_match, and precision, recall and F1 as _micro and _macro."""
        if self.examples == 0:
            return {}
        counts = self.per_class()
        return {"exact_match": int(self.exact) / self.examples, **counts.micro(), **counts.macro()}

    def table(self) -> list[Row]:
        """A row for each class: class, precision, recall, f1, support."""
        return self.per_class().rows(self.classes)

    def per_class(self) -> PerClass:
        """The counts of each class."""
        return PerClass(*self.counts.cpu())
