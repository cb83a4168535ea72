"""What a run gave, and what it gives now: losses, figures and weights, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ftcli.runs.receipts.lists import differing
from ftcli.runs.receipts.losses import Losses, same
from ftcli.runs.receipts.tensors import hash_tensors, weights_of
from ftcli.ship.reproducing.claim import Claim
from ftcli.ship.reproducing.expected import Expected

# Two losses that differ by more than this share of them, and by more than `_LEAST`, are not those of one training:
# rounding in another order moves them by a thousandth of that in the first steps, and may grow from step to step.
_SHARE, _LEAST = 0.05, 0.02


@dataclass(frozen=True, slots=True)
class LossesCompared:
    """How far the losses are equal. `first` is the step and the name of the first that differs; None where none does.

    `largest` is the largest difference, `apart` the step of the first that no rounding explains, and `missing` how many
    of those that are recorded were not given again.
    """

    compared: int
    equal_to: int | None
    first: tuple[int, str] | None
    largest: float
    apart: int | None
    missing: int = 0


@dataclass(frozen=True, slots=True)
class FigureCompared:
    """The watched figure of one split."""

    split: str
    name: str
    recorded: float
    now: float
    expected: Expected

    @property
    def within(self) -> bool:
        """Whether the difference is not more than what is expected."""
        return same(self.recorded, self.now) or abs(self.now - self.recorded) <= self.expected.most


@dataclass(frozen=True, slots=True)
class WeightsCompared:
    """How many tensors of the best checkpoint have the same bits; None where that is not known.

    `largest` is the largest difference of two values, where the recorded weights are here to be compared.
    """

    tensors: int
    equal: int | None
    largest: float | None


def compare_losses(recorded: Losses, now: Losses, *, last_step: int | None = None) -> LossesCompared:
    """Compare all figures that were recorded, up to `last_step` if that is given."""
    known = {(step, name): value for step, name, value in now.by_step()}
    wanted = [one for one in recorded.by_step() if last_step is None or one[0] <= last_step]
    found = [(step, name, value, known[step, name]) for step, name, value in wanted if (step, name) in known]
    unequal = [(step, name) for step, name, old, new in found if not same(old, new)]
    apart = [step for step, _, old, new in found if not _near(old, new)]
    equal = [step for step, *_ in found if not unequal or step < unequal[0][0]]
    distances = [abs(old - new) for _, _, old, new in found if not same(old, new)]
    return LossesCompared(
        len(found),
        equal[-1] if equal else None,
        unequal[0] if unequal else None,
        max(distances, default=0.0),
        apart[0] if apart else None,
        len(wanted) - len(found),
    )


def compare_figures(
    claim: Claim, now: Mapping[str, Mapping[str, float]], expected: Mapping[str, Expected]
) -> Iterator[FigureCompared]:
    """The watched figure of each split that both have."""
    for split in ("val", "test"):
        old, new = claim.figures.get(split, {}), now.get(split, {})
        if claim.metric in old and claim.metric in new:
            name = claim.metric
            yield FigureCompared(split, name, old[name], new[name], expected[split])


def figures_equal(old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether all figures that are recorded have the same bits, not only the watched ones."""
    pairs = [
        (value, new.get(split, {}).get(name, math.inf))
        for split, figures in old.items()
        for name, value in figures.items()
    ]
    return all(same(one, other) for one, other in pairs)


def compare_weights(claim: Claim, checkpoint: Path) -> WeightsCompared | None:
    """The weights of a checkpoint with those that are recorded; None where none are. Raises `WeightsError`."""
    now = weights_of(checkpoint)
    if claim.best is not None:
        before = weights_of(claim.best)
        distances = [_distance(before.get(name), value) for name, value in now.items()]
        unequal = [one for one in distances if one]
        return WeightsCompared(len(now), len(now) - len(unequal), max(unequal, default=0.0))
    summary = claim.recorded("checkpoint")
    if summary is None:
        return None
    names = differing(summary, hash_tensors(now))
    largest = 0.0 if names == [] else None
    return WeightsCompared(len(now), None if names is None else len(now) - len(names), largest)


def _distance(one: Tensor | None, other: Tensor) -> float:
    """The largest difference of two values; infinite for tensors of other shapes or types, 0 for the same bits."""
    if one is None or one.shape != other.shape or one.dtype != other.dtype:
        return math.inf
    if [item.sha256 for item in hash_tensors({"": one})] == [
        item.sha256 for item in hash_tensors({"": other})
    ]:
        return 0.0
    return float((one.double() - other.double()).abs().max()) or math.ulp(0.0)


def _near(old: float, new: float) -> bool:
    return same(old, new) or abs(old - new) <= max(_LEAST, _SHARE * abs(old))
