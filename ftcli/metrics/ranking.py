"""Scores that need every prediction at once.

Both come from ranks, which are five lines here: importing the libraries that have these scores takes longer than a
whole training on kept features.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

TOGETHER = 64  # batches that are brought from a GPU at once: each time it has to finish its work first


class Collected:
    """Keeps outputs and targets on the CPU, in the order in which they came."""

    thorough: ClassVar[bool] = True

    def __init__(self) -> None:
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        self._waiting: list[tuple[Tensor, Tensor]] = []  # still where they were computed

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` and `targets` as for the other metrics of the same target."""
        self._waiting.append((outputs.detach(), targets.detach()))
        if len(self._waiting) == TOGETHER:
            self._bring()

    def merge(self, other: Collected) -> None:
        """Append what `other` has kept."""
        self._bring()
        other._bring()
        self._outputs += other._outputs
        self._targets += other._targets

    def _bring(self) -> None:
        if self._waiting:
            outputs, targets = (torch.cat(column).cpu() for column in zip(*self._waiting, strict=True))
            self._outputs.append(outputs)
            self._targets.append(targets)
            self._waiting.clear()

    def everything(self) -> tuple[Tensor, Tensor] | None:
        """All outputs and all targets; None if there are none, or an output is not finite."""
        self._bring()
        if not self._outputs:
            return None
        outputs = torch.cat(self._outputs)
        return (outputs, torch.cat(self._targets)) if outputs.isfinite().all() else None


def mean_ranks(values: Tensor) -> Tensor:
    """The rank of each of `values` (N,), from 1, as float64; equal values share the mean of theirs."""
    _, places, counts = torch.unique(values, return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    ranks: Tensor = (last - (counts - 1) / 2)[places]
    return ranks


class AUROC(Collected):
    """The area under the receiver operating characteristic: each class against the rest, then their mean.

    It is the share of pairs of an example with the class and one without that the scores order rightly (Hanley and
    McNeil, 1982), so it comes from the ranks. A class that every example or no example has does not count.
    """

    def compute(self) -> dict[str, float]:
        """auroc, unless it is undefined for every class."""
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
        areas = [_area(scores[:, c], truth[:, c]) for c in defined.nonzero().squeeze(1).tolist()]
        return {"auroc": math.fsum(areas) / len(areas)} if areas else {}


def _area(scores: Tensor, truth: Tensor) -> float:
    """From the sum of the ranks of what is true, less what it is if all of it comes first."""
    positives = int(truth.sum())
    above = float(mean_ranks(scores)[truth].sum()) - positives * (positives + 1) / 2
    return above / (positives * (len(truth) - positives))


class Spearman(Collected):
    """Pearson's correlation of the ranks; equal numbers share their mean rank."""

    def compute(self) -> dict[str, float]:
        """spearman, if outputs and targets both vary."""
        kept = self.everything()
        if kept is None:
            return {}
        outputs, targets = (numbers.reshape(-1).double() for numbers in kept)
        if outputs.min() == outputs.max() or targets.min() == targets.max():
            return {}
        ranks = torch.stack([mean_ranks(outputs), mean_ranks(targets)])
        return {"spearman": float(torch.corrcoef(ranks)[0, 1])}
