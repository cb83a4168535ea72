"""Scores that need every prediction at once. Their libraries are imported when they are asked for."""

from __future__ import annotations

import math

import torch
from torch import Tensor


class Collected:
    """Keeps outputs and targets on the CPU, in the order in which they came."""

    def __init__(self) -> None:
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` and `targets` as for the other metrics of the same target."""
        self._outputs.append(outputs.detach().cpu())
        self._targets.append(targets.detach().cpu())

    def merge(self, other: Collected) -> None:
        """Append what `other` has kept."""
        self._outputs += other._outputs
        self._targets += other._targets

    def everything(self) -> tuple[Tensor, Tensor] | None:
        """All outputs and all targets; None if there are none, or an output is not finite."""
        if not self._outputs:
            return None
        outputs = torch.cat(self._outputs)
        return (outputs, torch.cat(self._targets)) if outputs.isfinite().all() else None


class AUROC(Collected):
    """The area under the receiver operating characteristic: each class against the rest, then their mean.

    A class that every example or no example has, has no such area and does not count.
    """

    def compute(self) -> dict[str, float]:
        """auroc, unless it is undefined for every class."""
        from sklearn.metrics import roc_auc_score

        kept = self.everything()
        if kept is None:
            return {}
        logits, targets = kept
        scores = logits.double()
        if targets.ndim == 1:  # a single label: softmax, as logarithms, which do not all round to 1
            scores = scores.log_softmax(dim=1)
            truth = targets.unsqueeze(1) == torch.arange(logits.shape[1])
        else:
            truth = targets > 0.5
        defined = truth.any(dim=0) & ~truth.all(dim=0)
        areas = [
            float(roc_auc_score(truth[:, c].numpy(), scores[:, c].numpy()))
            for c in defined.nonzero().squeeze(1).tolist()
        ]
        return {"auroc": math.fsum(areas) / len(areas)} if areas else {}


class Spearman(Collected):
    """Pearson's correlation of the ranks; equal numbers share their mean rank."""

    def compute(self) -> dict[str, float]:
        """spearman, if outputs and targets both vary."""
        from scipy.stats import spearmanr

        kept = self.everything()
        if kept is None:
            return {}
        outputs, targets = (numbers.reshape(-1).double() for numbers in kept)
        if outputs.min() == outputs.max() or targets.min() == targets.max():
            return {}
        return {"spearman": float(spearmanr(outputs.numpy(), targets.numpy()).statistic)}
