"""Sweeps over learning rates: real steps at rates that rise from one to the next, and nothing stays of them.

One factor multiplies the usual rates of all parameter groups, so that their ratios stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from ftcli.errors import NotFiniteError
from ftcli.runs.fit_assembly import build_fit
from ftcli.runs.measuring.put_back import put_back
from ftcli.runs.session import Session
from ftcli.runs.settling.bracket import Curve, diverged
from ftcli.runs.settling.rules import Values
from ftcli.system import signals
from ftcli.training.fit import Fit
from ftcli.training.phases import busiest
from ftcli.training.reports import Progress, StepReport
from ftcli.training.schedules import Position, Schedule

STEPS = 90
SEEDS = 3
# Of the usual rates.
LOWEST, HIGHEST = 1e-3, 1e3


@dataclass(frozen=True, slots=True)
class Swept:
    """Curves of several sweeps, and the sum of the schedule's factors over the steps of the training in their place."""

    curves: Sequence[Curve]
    travel: float


@dataclass(slots=True, kw_only=True)
class Rising(Schedule):
    """The factors of a sweep, one after the other, wherever training stands."""

    factors: Sequence[float] = ()
    _taken: int = field(default=0, init=False)

    def factor(self, at: Position) -> float:
        factor = self.factors[self._taken]
        self._taken += 1
        return factor


def factors_of(steps: int) -> Values:
    """So many factors between the lowest and the highest, evenly spaced by their logarithms."""
    return np.geomspace(LOWEST, HIGHEST, steps)


def sweeps(
    session: Session,
    *,
    steps: int = STEPS,
    seeds: int = SEEDS,
    dry: bool = False,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Swept:
    """A sweep for each of `seeds`, the first of which is the session's own; the session is afterwards what it was.

    Each begins with the same weights; the order of the examples, augmentation and dropout differ. All processes of a
    group take part and get the same curves. With `dry` nothing is kept in the cache. `watch` gets the steps that are
    done and those of all sweeps.
    """
    found: list[Curve] = []
    travel, factors = 0.0, factors_of(steps)
    for number in range(seeds):
        training = session.experiment.training
        training = replace(training, seed=training.seed + number, time=None)
        one = replace(session, experiment=replace(session.experiment, training=training))
        fit, _, _ = build_fit(one, dry=dry)
        travel = _travel(fit)
        found.append(_sweep(one, fit, factors, partial(_counted, watch, number * steps, seeds * steps)))
    return Swept(found, travel)


def _counted(watch: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    watch(before + done, total)


def _sweep(session: Session, fit: Fit, factors: Values, watch: Callable[[int], None]) -> Curve:
    losses: list[float] = []
    with put_back(session, fit.trained):
        fit.schedule, fit.evaluate = Rising(factors=factors.tolist()), None
        try:
            for loss in _losses(fit, len(factors)):
                losses.append(loss)
                watch(len(losses))
                if diverged(losses):
                    break
        except NotFiniteError:
            if not losses:
                raise  # not by the rate: nothing was learned yet
            losses.append(float("inf"))
    return Curve(factors[: len(losses)], np.array(losses))


def _travel(fit: Fit) -> float:
    """The sum of the schedule's factors over the epochs in which as many parameters train."""
    most = len(fit.policy.trainable(busiest(fit.policy.trainable, fit.plan.epochs)))
    epochs = sum(len(fit.policy.trainable(epoch)) == most for epoch in range(fit.plan.epochs))
    steps = epochs * fit.steps_per_epoch
    positions = (Position(step, steps, fit.steps_per_epoch) for step in range(steps))
    return sum(map(fit.schedule.factor, positions))


def _losses(fit: Fit, steps: int) -> Iterator[float]:
    """The loss of so many steps, from the first epoch on in which most parameters train; again where it ends."""
    first = busiest(fit.policy.trainable, fit.plan.epochs)
    taken = 0
    while True:
        fit.course.progress = Progress(
            epoch=first, step=first * fit.steps_per_epoch, micro_batch=fit.progress.micro_batch
        )
        for report in fit:
            if not isinstance(report, StepReport):
                continue
            signals.check()
            yield report.read()
            taken += 1
            if taken == steps:
                return
