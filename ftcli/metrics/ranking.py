"""AUROC and Spearman's correlation, which need every prediction at once.

Both follow from ranks, which take five lines here: importing the libraries that have these metrics takes longer than
a whole training on cached features.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

# Batches that are copied from a GPU at once: each copy waits until it has finished its work.
TOGETHER = 64


class Buffered:
    """Outputs and targets on the CPU, in order."""

    thorough: ClassVar[bool] = True

    def __init__(self) -> None:
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        # Still on the device where they were computed.
        self._waiting: list[tuple[Tensor, Tensor]] = []

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """`outputs` and `targets` as for the other metrics of the same target."""
        self._waiting.append((outputs.detach(), targets.detach()))
        if len(self._waiting) == TOGETHER:
            self._copy()

    def merge(self, other: Buffered) -> None:
        """Append what `other` has kept."""
        self._copy()
        other._copy()
        self._outputs += other._outputs
        self._targets += other._targets

    def _copy(self) -> None:
        if self._waiting:
            outputs, targets = (torch.cat(column).cpu() for column in zip(*self._waiting, strict=True))
            self._outputs.append(outputs)
            self._targets.append(targets)
            self._waiting.clear()

    def everything(self) -> tuple[Tensor, Tensor] | None:
        """All outputs and all targets; None if there are none, or an output is not finite."""
        self._copy()
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


class AUROC(Buffered):
    """The area under the receiver operating characteristic: each class against the rest, then their mean.

    It is the share of pairs of an example with the class and one without that the scores order correctly (Hanley and
    McNeil, 1982), so it comes from the ranks. A class that every example or no example has does not count.
    """

    def compute(self) -> dict[str, float]:
        """auroc, unless it is undefined for every class."""
        kept = self.everything()
        if kept is None:
            return {}
        logits, targets = kept
        scores = logits.double()
        # A single label: softmax, as logarithms, which do not all round to 1.
        if targets.ndim == 1:
            scores = scores.log_softmax(dim=1)
            truth = targets.unsqueeze(1) == torch.arange(logits.shape[1])
        else:
            truth = targets > 0.5
        defined = truth.any(dim=0) & ~truth.all(dim=0)
        areas = [_area(scores[:, c], truth[:, c]) for c in defined.nonzero().squeeze(1).tolist()]
        return {"auroc": math.fsum(areas) / len(areas)} if areas else {}


def _area(scores: Tensor, truth: Tensor) -> float:
    """From the sum of the ranks of the positives, less its least value."""
    positives = int(truth.sum())
    above = float(mean_ranks(scores)[truth].sum()) - positives * (positives + 1) / 2
    return above / (positives * (len(truth) - positives))


class Spearman(Buffered):
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
