"""Which epoch is best, when training is over, and what the loop reports."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from ftcli.errors import NotFiniteError
from ftcli.training.reports import EpochReport, Plan, Progress, StepReport, why_stopped
from tests.training.toy import Everything
from tests.training.toy_fit import make_fit, net


def judged(scores: list[float], plan: Plan, **options: Any) -> list[EpochReport]:
    given = iter(scores)
    fit = make_fit(net(), plan, evaluate=lambda _: {"loss": 1.0, plan.metric: next(given)}, **options)
    return [report for report in fit if isinstance(report, EpochReport)]


def test_the_best_epoch_is_the_highest_and_ties_go_to_the_lower_loss() -> None:
    reports = judged([0.5, 0.7, 0.6, 0.7], Plan(epochs=4, metric="accuracy"))
    assert [report.best for report in reports] == [True, True, False, False]
    figures = iter([(0.7, 1.0), (0.7, 0.9), (0.7, 0.95)])

    def evaluate(_: nn.Module) -> dict[str, float]:
        accuracy, loss = next(figures)
        return {"accuracy": accuracy, "loss": loss}

    fit = make_fit(net(), Plan(epochs=3, metric="accuracy"), evaluate=evaluate)
    assert [r.best for r in fit if isinstance(r, EpochReport)] == [True, True, False]


def test_lower_is_better_where_it_is() -> None:
    reports = judged([0.5, 0.4, 0.45], Plan(epochs=3, metric="mse", lower_is_better=True))
    assert [report.best for report in reports] == [True, True, False]


def test_an_undefined_figure_is_never_the_best() -> None:
    reports = judged([float("nan"), 0.1, float("nan")], Plan(epochs=3, metric="accuracy"))
    assert [report.best for report in reports] == [False, True, False]
    nan = float("nan")
    figures = iter([(0.7, nan), (0.7, nan), (0.7, 0.9), (0.7, nan)])

    def evaluate(_: nn.Module) -> dict[str, float]:
        accuracy, loss = next(figures)
        return {"accuracy": accuracy, "loss": loss}

    fit = make_fit(net(), Plan(epochs=4, metric="accuracy"), evaluate=evaluate)
    assert [r.best for r in fit if isinstance(r, EpochReport)] == [True, False, True, False]


def test_an_undefined_figure_counts_as_no_improvement() -> None:
    plan, nan = Plan(epochs=9, metric="accuracy", patience=2), float("nan")
    assert len(judged([nan, 0.1, 0.2, nan, nan, 0.9], plan)) == 5
    assert len(judged([nan, nan, 0.9], plan)) == 2


def test_early_stopping_counts_small_gains_as_none() -> None:
    plan = Plan(epochs=9, metric="accuracy", patience=2)
    reports = judged([0.5, 0.505, 0.509, 0.9], plan, improvement=lambda _: 0.05)
    assert len(reports) == 3
    assert reports[-1].stopped == "accuracy has not improved in 2 evaluations"
    assert reports[-1].best  # best is the highest all the same


def test_a_phase_is_not_stopped_early_but_the_last() -> None:
    plan = Plan(epochs=8, metric="accuracy", patience=1)
    reports = judged([0.5, 0.4, 0.4, 0.3, 0.35, 0.2, 0.1, 0.0], plan, policy=Everything(starts=(0, 3)))
    assert len(reports) == 6  # three of the first phase, then 0.3, 0.35 (a gain within the phase), 0.2
    assert [report.phase for report in reports] == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("plan", "stopped"),
    [
        (Plan(epochs=9, patience=2, metric="accuracy"), "accuracy has not improved in 2 evaluations"),
        (Plan(epochs=9, patience=1, metric="accuracy"), "accuracy has not improved in 2 evaluations"),
        (Plan(epochs=9, patience=3, metric="accuracy"), None),
        (Plan(epochs=9), None),
        (Plan(epochs=3, patience=5), "all epochs are done"),
        (Plan(epochs=2), "all epochs are done"),
    ],
)
def test_whether_it_is_over_is_decided_by_the_plan_at_hand(plan: Plan, stopped: str | None) -> None:
    same = {"loss": 1.0, "accuracy": 0.5}
    begun = Plan(epochs=9, patience=2, metric="accuracy")
    fit = make_fit(net(), begun, evaluate=lambda model: same)
    assert [report.stopped for report in fit if isinstance(report, EpochReport)][-1] is not None
    assert (fit.progress.epoch, fit.progress.stale) == (3, 2)
    again = make_fit(net(), plan, evaluate=lambda model: same)
    again.load_state_dict(fit.state_dict())
    assert again.progress.stopped == stopped
    more = [report.epoch for report in again if isinstance(report, EpochReport)]
    assert bool(more) == (stopped is None)


def test_without_figures_the_last_epoch_is_the_best_and_nothing_is_stale() -> None:
    progress = Progress(epoch=3, stale=1)
    assert progress.judge({}, Plan(epochs=5), lambda figures: 0.0)
    assert (progress.best_epoch, progress.best, progress.stale) == (3, {}, 1)


def test_the_figures_of_the_best_epoch_are_kept_as_they_were() -> None:
    progress, figures = Progress(epoch=1), {"loss": 1.0, "accuracy": 0.5}
    assert progress.judge(figures, Plan(epochs=5, metric="accuracy"), lambda figures: 0.0)
    figures["accuracy"] = 0.9
    assert progress.best == {"loss": 1.0, "accuracy": 0.5}


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_reading_a_loss_that_is_not_finite_is_an_error(loss: float) -> None:
    assert StepReport(1, 7, torch.tensor(0.5), 0.1, 4).read() == 0.5
    with pytest.raises(NotFiniteError, match=rf"the loss is {loss} at step 7 \(epoch 2\)"):
        StepReport(2, 7, torch.tensor(loss), 0.1, 4).read()


def test_early_stopping_waits_for_the_last_phase() -> None:
    progress, plan = Progress(epoch=2, stale=3), Plan(epochs=9, patience=3, metric="accuracy")
    assert why_stopped(progress, plan, last_phase=False) is None
    assert why_stopped(progress, plan) == "accuracy has not improved in 3 evaluations"
