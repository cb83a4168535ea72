"""The phases of a training in words: which epochs train what."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ftcli.runs.training import Training


class Phase(NamedTuple):
    """Epochs, counted from 1, in which the same trains."""

    first: int
    last: int
    words: str


def phases(training: Training) -> list[Phase]:
    """All phases, in their order."""
    fit, found, first = training.fit, list[Phase](), 1
    for words, epochs in groupby(range(fit.plan.epochs), fit.policy.what_trains):
        count = len(list(epochs))
        found.append(Phase(first, first + count - 1, words))
        first += count
    return found
