"""Predicted boxes that are true ones, in one image."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

# From this intersection over union on a box counts as found.
LEAST = 0.5


def f1_of_boxes(predicted: Mapping[str, Tensor], true: Mapping[str, Tensor]) -> float:
    """F1 of the predicted boxes; 1 where there are none, and none is true.

    Both have `boxes` (N, 4), left, top, right, bottom, and `labels` (N,); `predicted` has `scores` (N,), and `true` may
    have `crowd` (N,). The surest box takes the true one of its class that it overlaps most; of what is left the same. A
    crowd need not be found, and a box inside it is not wrong.
    """
    crowd = true.get("crowd", torch.zeros_like(true["labels"], dtype=torch.bool)).bool()
    shared = _shared(predicted["boxes"].double(), true["boxes"].double())
    areas = [_area(one["boxes"].double()) for one in (predicted, true)]
    overlaps = shared / (areas[0][:, None] + areas[1] - shared).clamp(min=1e-9)
    overlaps = overlaps.where(predicted["labels"][:, None] == true["labels"], 0.0)
    inside = (
        shared / areas[0][:, None].clamp(min=1e-9) * (predicted["labels"][:, None] == true["labels"]) * crowd
    )
    free, hits, ignored = ~crowd, 0, 0
    for box in predicted["scores"].argsort(descending=True, stable=True).tolist():
        left = overlaps[box] * free
        if (left >= LEAST).any():
            free[left.argmax()] = False
            hits += 1
        elif (inside[box] >= LEAST).any():
            ignored += 1
    both = len(overlaps) - ignored + int((~crowd).sum())
    return 2 * hits / both if both else 1.0


def _shared(boxes: Tensor, others: Tensor) -> Tensor:
    """The area that each of the boxes (N, 4) shares with each of the others (M, 4)."""
    low = torch.maximum(boxes[:, None, :2], others[:, :2])
    high = torch.minimum(boxes[:, None, 2:], others[:, 2:])
    return (high - low).clamp(min=0).prod(dim=2)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
