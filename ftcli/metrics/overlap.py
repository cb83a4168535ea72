"""Intersection over union of predicted and true regions."""

from __future__ import annotations

from typing import ClassVar

from ftcli.metrics.pair_counts import PairCounts
from ftcli.metrics.per_class import Row


class Overlap(PairCounts):
    """Intersection over union of each class, over the pixels of all images together (Everingham et al., 2010).

    `update` takes logits (B, C, H, W) or predicted classes (B, H, W), and targets (B, H, W) of int64 class indices. A
    pixel whose target is negative is ignored, whatever is predicted there. Of logits the largest counts; the first of
    equals.
    """

    thorough: ClassVar[bool] = False

    def compute(self) -> dict[str, float]:
        """miou, the mean over the classes that occur in targets or predictions, and pixel_accuracy."""
        counts = self.per_class()
        pixels = int(counts.support.sum())
        if pixels == 0:
            return {}
        miou = float(counts.iou[counts.occurs].mean())
        return {"miou": miou, "pixel_accuracy": int(counts.hits.sum()) / pixels}

    def table(self) -> list[Row]:
        """A row for each class: class, iou, accuracy (the share of its pixels that are found), pixels."""
        counts = self.per_class()
        columns = (t.tolist() for t in (counts.iou, counts.recall, counts.support))
        names = ("class", "iou", "accuracy", "pixels")
        return [dict(zip(names, row, strict=True)) for row in zip(self.classes, *columns, strict=True)]
