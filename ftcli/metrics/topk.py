"""Top-k accuracy."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor


class TopK:
    """The share of examples whose class is among the `k` largest outputs. It takes at least `k` classes."""

    thorough: ClassVar[bool] = False

    def __init__(self, k: int = 5) -> None:
        self.k = k
        self.examples = 0
        self.hits = torch.zeros((), dtype=torch.int64)

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` (B, C), `targets` (B,) of int64 class indices."""
        likeliest = outputs.topk(self.k, dim=1, sorted=False).indices
        self.hits = self.hits.to(outputs.device) + (likeliest == targets.unsqueeze(1)).sum()
        self.examples += len(targets)

    def merge(self, other: TopK) -> None:
        """Add the counts of `other`."""
        self.hits = self.hits + other.hits.to(self.hits.device)
        self.examples += other.examples

    def compute(self) -> dict[str, float]:
        """top<k>_accuracy."""
        return {f"top{self.k}_accuracy": int(self.hits) / self.examples} if self.examples else {}
