"""The toy training by a clock that only what it does moves: so a limit of time has the same end in every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from ftcli.contracts import Batch
from ftcli.training.budget import Budget, Scoring
from ftcli.training.fit import Fit
from ftcli.training.reports import EpochReport, Plan, StepReport
from tests.training.toy import Everything, Loader
from tests.training.toy_fit import make_fit, net


@dataclass
class Clock:
    """Seconds since it began."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Slow(Loader):
    """Batches that take a time each, which may depend on what the clock says."""

    clock: Clock = field(default_factory=Clock)
    seconds: Callable[[int, float], float] = lambda epoch, now: 1.0

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for batch in super().epoch(epoch, skip):
            self.clock.now += self.seconds(epoch, self.clock.now)
            yield batch


@dataclass
class Timed:
    """A training of `epochs` epochs of 10 steps, of 1 second each if nothing else is said, within `limit` seconds."""

    limit: float | None
    epochs: int = 8
    evaluation: float = 2.0
    saving: float = 0.5
    at_end: int = 20
    seconds: Callable[[int, float], float] = lambda epoch, now: 1.0
    starts: tuple[int, ...] = (0,)
    plan: Mapping[str, Any] = field(default_factory=dict)
    fit_options: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def fit(self) -> Fit:
        scoring = Scoring(20, self.at_end)
        budget = (
            Budget(self.limit, scoring=scoring, examples_per_step=4, clock=self.clock) if self.limit else None
        )
        loader = Slow(40, 4, clock=self.clock, seconds=self.seconds)
        plan = Plan(epochs=self.epochs, seconds=self.limit, **self.plan)
        options = {"evaluate": self._evaluate, "policy": Everything(self.starts), **self.fit_options}
        return make_fit(net(), plan, loader=loader, budget=budget, **options)

    def run(self, fit: Fit, steps: int | None = None) -> list[StepReport | EpochReport]:
        """Iterate as a run does, saving after each epoch; the reports, of the first `steps` steps or of all."""
        reports: list[StepReport | EpochReport] = []
        for report in fit:
            reports.append(report)
            if isinstance(report, EpochReport):
                self.clock.now += self.saving
            elif report.step == steps:
                return reports
        # The best is scored on what was kept for the end, as an evaluation, an example as long as one.
        self.clock.now += self.evaluation * self.at_end / 20
        return reports

    def _evaluate(self, model: nn.Module) -> Mapping[str, float]:
        self.clock.now += self.evaluation
        return {"loss": 1.0}
