"""Focal loss: cross-entropy with less weight on easy examples."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Loss, Target
from ftcli.contracts.target_kinds import KINDS
from ftcli.losses.options import wrong_option


class Focal:
    """-(1 - p)^gamma log p, where p is the probability of the truth (Lin et al. 2017, arXiv:1708.02002).

    A single label has one such term, by softmax. A multi-label example has one for each class, by sigmoid,
    and takes their mean; `alpha` then weighs the classes that are present, 1 - `alpha` those that are absent.
    """

    kinds: ClassVar[tuple[str, ...]] = ("single-label", "multi-label", "mask", "tags")

    def __init__(self, *, target: Target, gamma: float = 2.0, alpha: float | None = None) -> None:
        """Raises `ConfigError` for an option that is out of range, or `alpha` with a single label."""
        if not (math.isfinite(gamma) and gamma >= 0.0):
            raise wrong_option("gamma", f"{gamma} is not a number of at least 0")
        if alpha is not None and not 0.0 <= alpha <= 1.0:
            raise wrong_option("alpha", f"{alpha} is not between 0 and 1")
        many = KINDS[target.kind].many
        if alpha is not None and not many:
            problem = "weighs present against absent classes, so it needs a multi-label target. Leave it out"
            raise wrong_option("alpha", problem)
        self.gamma = gamma
        self.alpha = alpha
        self._single = not many

    def __call__(self, logits: Tensor, targets: Tensor) -> Loss:
        """`logits` (B, C), `targets` (B,) of int64 class indices or (B, C) of 0 and 1."""
        terms = self._softmax(logits, targets) if self._single else self._sigmoid(logits, targets)
        return Loss(terms.sum(), logits.new_full((), len(targets)))

    # Both keep 1 - p as a logarithm: (1 - p)^gamma itself has an infinite slope at p = 1 for gamma below 1.

    def _softmax(self, logits: Tensor, targets: Tensor) -> Tensor:
        truth = targets.unsqueeze(1)
        everything = logits.logsumexp(dim=1)
        log_p = logits.gather(1, truth).squeeze(1) - everything
        log_not_p = logits.scatter(1, truth, -torch.inf).logsumexp(dim=1) - everything
        return -torch.exp(self.gamma * log_not_p) * log_p

    def _sigmoid(self, logits: Tensor, targets: Tensor) -> Tensor:
        targets = targets.to(logits.dtype)
        towards_truth = logits * (2 * targets - 1)
        terms = -torch.exp(self.gamma * F.logsigmoid(-towards_truth)) * F.logsigmoid(towards_truth)
        if self.alpha is not None:
            terms = terms * (self.alpha * targets + (1 - self.alpha) * (1 - targets))
        return terms.mean(dim=1)
