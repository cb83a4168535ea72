"""Asynchronous successive halving by promotion: which trial trains next, and how far. It computes nothing else.

After Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning": a trial that is among the best third of
those that have reached a rung may go on to the next one, and a worker without such a trial begins a new one. A trial
that is not promoted is paused, never stopped for good: it is promoted as soon as enough others are worse.

What is next follows from what has been reported alone, in whatever order the reports came.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

ETA = 3
# Shares of a trial's steps.
RUNGS = (1 / 9, 1 / 3, 1.0)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one trial is."""

    number: int
    # What it has reported at the rungs that it has reached; higher is better.
    values: tuple[float, ...] = ()
    # The rung that it was last sent to.
    sent: int = 0
    # Whether somebody is at work on it.
    busy: bool = False
    # Whether it ended by an error, and does not go on.
    failed: bool = False
    # Whether it is trained to its end, however it compares.
    pinned: bool = False
    # Whether it cannot go on any more: its files are gone, or there is no time for all that is left of it.
    closed: bool = False

    @property
    def free(self) -> bool:
        """Whether it can go on now."""
        return not (self.busy or self.failed or self.closed or len(self.values) == len(RUNGS))


class Job(NamedTuple):
    """Train this trial on to this rung; a new trial without a number."""

    number: int | None
    rung: int


def jobs(standings: Sequence[Standing], *, more: bool) -> Iterator[Job]:
    """What can be done next, the most wanted first.

    A trial whose worker is gone comes first, then those that are trained in any case, then promotions, from the top
    rung down; `more` says whether new trials may begin. Where they may not, the best of each rung is promoted in any
    case, so that one of them is finished.
    """
    known = sorted(standings, key=lambda one: one.number)
    free = [one for one in known if one.free]
    left = [one for one in free if one.sent >= len(one.values)]
    pinned = [one for one in free if one.pinned]
    promoted = [one for rung in reversed(range(len(RUNGS) - 1)) for one in _promotable(known, rung, more)]
    wanted = dict.fromkeys(one.number for one in (*left, *pinned, *promoted))
    reached = {one.number: len(one.values) for one in known}
    yield from (Job(number, reached[number]) for number in wanted)
    if more:
        yield Job(None, 0)


def _promotable(known: Sequence[Standing], rung: int, more: bool) -> list[Standing]:
    """The free ones among the best third of those that have reached `rung`, that have not gone beyond it.

    One that is trained in any case takes no place of theirs; nor, where no new one may begin, one that cannot go on.
    """
    there = [one for one in known if len(one.values) > rung and not (one.failed or one.pinned)]
    if not more:
        there = [one for one in there if not one.closed]
    places = len(there) // ETA if more else max(1, len(there) // ETA)
    best = sorted(there, key=lambda one: (-_ordered(one.values[rung]), one.number))[:places]
    return [one for one in best if len(one.values) == rung + 1 and one.free]


def _ordered(value: float) -> float:
    return -math.inf if math.isnan(value) else value
