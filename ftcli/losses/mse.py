"""Mean squared error of one number an example."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target


class MSE:
    """The squared difference."""

    kinds: ClassVar[tuple[str, ...]] = ("number",)

    def __init__(self, *, target: Target) -> None:
        """It has no options."""

    def __call__(self, logits: Tensor, targets: Tensor) -> Loss:
        """`logits` (B, 1), `targets` (B,) numbers."""
        total = F.mse_loss(logits.squeeze(1), targets.to(logits.dtype), reduction="sum")
        return Loss(total, logits.new_full((), len(targets)))
