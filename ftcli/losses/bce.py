"""Binary cross-entropy: any number of classes an example."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target
from ftcli.losses.options import counts_of_each_class, weight_of_each_class


class BCE:
    """Sigmoid and negative log likelihood of each class, averaged over the classes of an example.

    `pos_weight` multiplies the term of a class where it is present: one weight each, in the order of the
    classes. `balanced` is absent / present training examples of each class.
    """

    kinds: ClassVar[tuple[str, ...]] = ("multi-label",)

    def __init__(
        self, *, target: Target, pos_weight: tuple[float, ...] | Literal["balanced"] | None = None
    ) -> None:
        """Raises `ConfigError` for weights that do not fit the classes."""
        self._pos_weight = _pos_weight(pos_weight, target)

    def __call__(self, logits: Tensor, targets: Tensor) -> Loss:
        """`logits` (B, C), `targets` (B, C) of 0 and 1."""
        weight = None
        if self._pos_weight is not None:
            self._pos_weight = self._pos_weight.to(logits.device)  # a copy in the first call only
            weight = self._pos_weight.to(logits.dtype)
        terms = F.binary_cross_entropy_with_logits(
            logits, targets.to(logits.dtype), pos_weight=weight, reduction="none"
        )
        return Loss(terms.mean(dim=1).sum(), logits.new_full((), len(targets)))


def _pos_weight(weights: tuple[float, ...] | Literal["balanced"] | None, target: Target) -> Tensor | None:
    if weights is None:
        return None
    if weights == "balanced":
        present = counts_of_each_class("pos_weight", target)
        if target.examples < max(target.counts):
            raise ValueError(f"a target of {target.examples} examples has classes with more: {target.counts}")
        # A class that every example has must keep a weight above 0, or it would not be learned at all.
        absent = torch.clamp(target.examples - present, min=1)
        return (absent / present).float()
    return weight_of_each_class("pos_weight", weights, target)
