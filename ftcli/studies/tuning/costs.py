"""How long trials take, by what those so far took, and how the time of a study is divided.

    the default | the search | the finals | scoring

A setting can replace the default only if there is time to train it to its end, and then, with a new seed, itself and
the default again. So that time is kept from the beginning, and no part of a trial begins that could not end so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ftcli.studies.tuning.halving import RUNGS
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.space import Point
from ftcli.studies.tuning.study import Study

# How many finalists meet the default again, and with how many seeds: the first for which half of the time is enough,
# else the last.
FINALS = ((2, 2), (1, 2), (1, 1))
_SHARE = 0.5
# Of what a run costs to score at the end: seconds of its papers, and passes over held-out data as a share of training.
_PAPERS, _PASSES = 1.5, 0.05
# The longest trials of the usual space have so many times the steps of the default.
_LONGER = 2.0
# Another seed may stop later than the one that is known.
_LATER = 1.3


class _Speed(NamedTuple):
    """Seconds to open a trial, and of a step with all that is around it."""

    opening: float
    step: float


class Costs:
    """Seconds of trials of a study, as far as its `records` say; 0 where nothing is known."""

    def __init__(self, study: Study, records: Sequence[Record]) -> None:
        self._study = study
        self._known = {one.number: one for one in records}
        taken: dict[str, list[tuple[float, float, int]]] = {}
        for record in records:
            for rung in record.rungs:
                opening = min(rung.opening, rung.seconds)
                taken.setdefault(self._policy(record.point), []).append(
                    (opening, rung.seconds - opening, rung.steps_run)
                )
        self._speeds = {policy: _speed(one) for policy, one in taken.items()}

    def left(self, point: Point, reached: int = 0, share: float = 0.0) -> float:
        """Of what is left of a trial that has reached so many rungs, and that share of its steps."""
        speed = self._speed(point)
        parts = len(RUNGS) - reached
        steps = max(0.0, self._expected() - share) * self._study.steps_of(point)
        return parts * speed.opening + speed.step * steps

    def part(self, point: Point, reached: int, share: float) -> float:
        """Of the next part of such a trial."""
        speed = self._speed(point)
        return speed.opening + max(0.0, RUNGS[reached] - share) * speed.step * self._study.steps_of(point)

    def first(self) -> float:
        """Of the first part of a trial that nothing is known of: by the slowest policy, and longer than the default."""
        step, opening = (max((one[at] for one in self._speeds.values()), default=0.0) for at in (1, 0))
        return opening + _LONGER * RUNGS[0] * step * self._study.facts.steps

    def again(self, point: Point, number: int | None = None) -> float:
        """Of a trial from its beginning to its end, with another seed."""
        speed, steps = self._speed(point), self._expected() * self._study.steps_of(point)
        known = None if number is None else self._known.get(number)
        if known is not None and known.finished:
            steps = min(steps, _LATER * known.rungs[-1].step)
        return speed.opening + speed.step * steps

    def confirming(self, point: Point, number: int | None = None, *, total: float = 0.0) -> float:
        """Of the finals and of scoring, where that trial is the best; as many finals as `total` is enough for."""
        default, best = (
            self.again(self._known[0].point, 0) if 0 in self._known else 0.0,
            self.again(point, number),
        )
        if not default:
            return 0.0
        scoring = self.scoring(self._known[0].point, 0) + self.scoring(point, number)
        needed = [seeds * (default + finalists * best) + scoring for finalists, seeds in FINALS]
        return next((one for one in needed if one <= _SHARE * total), needed[-1])

    def scoring(self, point: Point, number: int | None = None) -> float:
        """Of making a whole run of a trial that is finished."""
        return 2 * self._speed(point).opening + _PAPERS + _PASSES * self.again(point, number)

    def least(self) -> float:
        """Of the least study that can replace the default: it, another setting, and both again."""
        point = self._known[0].point if 0 in self._known else {}
        return 2 * self.left(point) + self.confirming(point)

    def _expected(self) -> float:
        """The share of its steps after which a trial ends: those like the default may stop as early as it did."""
        default = self._known.get(0)
        if default is None or not default.finished:
            return 1.0
        return min(1.0, _LATER * default.rungs[-1].step / self._study.facts.steps)

    def _speed(self, point: Point) -> _Speed:
        """That of the policy; for a policy that is new the slowest so far."""
        known = self._speeds.get(self._policy(point))
        if known is not None:
            return known
        speeds = self._speeds.values()
        return _Speed(*(max((one[place] for one in speeds), default=0.0) for place in (0, 1)))

    def _policy(self, point: Point) -> str:
        return str(point.get("freeze", self._study.facts.policy))


def _speed(taken: Sequence[tuple[float, float, int]]) -> _Speed:
    steps = sum(count for _, _, count in taken)
    opening = math.fsum(seconds for seconds, _, _ in taken) / len(taken)
    return _Speed(opening, math.fsum(seconds for _, seconds, _ in taken) / steps if steps else 0.0)
