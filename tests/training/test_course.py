"""A run with a limit of time ends in it, with the schedule at its end; and goes on as it was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ftcli.training.budget import PAPERS
from ftcli.training.distributed.group import Group
from ftcli.training.fit import Fit
from ftcli.training.phases import Phases
from ftcli.training.reports import TIME_IS_UP, EpochReport, Plan, Progress, StepReport, why_stopped
from ftcli.training.schedules import Linear, Position
from tests.training.limited_time import Timed
from tests.training.toy_fit import same, state_of


def epochs(reports: list[StepReport | EpochReport]) -> list[EpochReport]:
    return [report for report in reports if isinstance(report, EpochReport)]


def by_place(fit: Fit) -> dict[tuple[int, int], Mapping[str, Any]]:
    """The last decision at each place."""
    return {(one["step"], one["epoch"]): one for one in fit.progress.decided}


def rates(reports: list[StepReport | EpochReport]) -> list[float]:
    return [report.lr for report in reports if isinstance(report, StepReport)]


@pytest.mark.parametrize("limit", [12, 20, 25.5, 47, 60, 90])
@pytest.mark.parametrize(
    "seconds",
    [
        lambda epoch, now: 1.0,
        lambda epoch, now: 1.0 if now < 10 else 1.7,
        lambda epoch, now: 1.0 if now < 10 else 0.4,
        lambda epoch, now: 3.0 if now < 3 else 0.7 + now / 200,
    ],
    ids=["even", "slower", "faster", "ever slower"],
)
def test_it_ends_in_time(limit: float, seconds: Any) -> None:
    timed = Timed(limit, seconds=seconds)
    reports = timed.run(timed.fit())
    last = epochs(reports)[-1]
    assert last.stopped in (TIME_IS_UP, "all epochs are done")
    assert timed.clock.now + PAPERS <= limit + 1.7  # a step
    if last.stopped == TIME_IS_UP:  # what is left is less than a step and what comes between two epochs
        assert timed.clock.now + PAPERS > limit - 6.5


def test_the_schedule_reaches_its_end_when_the_time_does() -> None:
    timed = Timed(limit=36, fit_options={"schedule": Linear(warmup=0)})
    reports = timed.run(timed.fit())
    progress = epochs(reports)
    steps = len(rates(reports))
    assert progress[-1].stopped == TIME_IS_UP
    assert rates(reports)[-1] == pytest.approx(0.1 / steps, rel=0.2)
    assert steps == progress[-1].step < 40
    # What was decided after the first steps is said, with how far it goes.
    notes = [note for report in reports if isinstance(report, StepReport) for note in report.notes]
    assert notes[0].startswith("there is time for 2.")
    assert "of 8 epochs, 2" in notes[0]


def test_less_than_an_epoch_is_said_so() -> None:
    timed = Timed(limit=7)
    notes = [note for one in timed.run(timed.fit()) if isinstance(one, StepReport) for note in one.notes]
    assert notes[0].startswith("there is time for less than one of 8 epochs, ")


def test_enough_time_is_no_limit() -> None:
    timed = Timed(limit=500, fit_options={"schedule": Linear()})
    free = Timed(limit=None, fit_options={"schedule": Linear()})
    with_limit, without = timed.fit(), free.fit()
    assert rates(timed.run(with_limit)) == rates(free.run(without))
    assert same(state_of(with_limit), state_of(without))
    assert with_limit.progress.stopped == "all epochs are done"


@pytest.mark.parametrize("limit", [0.5, 1, 2])
def test_a_time_too_short_for_anything_has_a_step_that_is_scored(limit: float) -> None:
    timed = Timed(limit)
    [*steps, last] = timed.run(timed.fit())
    assert len(steps) == 1
    assert isinstance(last, EpochReport)
    assert (last.epoch, last.step, last.best, last.stopped) == (1, 1, True, TIME_IS_UP)


@pytest.mark.parametrize(("limit", "stopped"), [(2, TIME_IS_UP), (40, None)])
def test_what_is_judged_before_the_first_step_is_left_by_a_time_too_short_for_one(
    limit: float, stopped: str | None
) -> None:
    """As a probe is, which is epoch 0."""
    timed = Timed(limit)
    fit = timed.fit()
    timed.clock.now += 1.0
    fit.course.evaluates()
    assert fit.evaluate is not None
    assert fit.progress.judge(fit.evaluate(fit.model), fit.plan, fit.improvement)
    fit.course.end_if_over()
    assert (fit.progress.stopped, fit.progress.best_epoch) == (stopped, 0)
    assert why_stopped(fit.progress, fit.plan) == stopped
    assert bool(timed.run(fit)) == (stopped is None)


def test_early_stopping_and_epochs_end_it_sooner() -> None:
    figures = iter([0.5, 0.4, 0.3, 0.2])
    options = {"evaluate": lambda model: {"loss": 1.0, "accuracy": next(figures)}}
    timed = Timed(200, plan={"patience": 2, "metric": "accuracy"}, fit_options=options)
    assert epochs(timed.run(timed.fit()))[-1].stopped == "accuracy has not improved in 2 evaluations"
    timed = Timed(60, epochs=2)
    assert epochs(timed.run(timed.fit()))[-1].stopped == "all epochs are done"


@pytest.mark.parametrize("accumulate", [1, 3])
@pytest.mark.parametrize("stopped", [2, 8, 14, 21])
def test_a_run_that_goes_on_keeps_to_the_time_that_is_left(stopped: int, accumulate: int) -> None:
    whole, timed = (Timed(60, plan={"accumulate": accumulate}) for _ in range(2))
    expected = epochs(whole.run(whole.fit()))[-1]
    fit = timed.fit()
    timed.run(fit, steps=min(stopped, expected.step - 1))
    state = fit.state_dict()
    assert state["progress"]["used"] == pytest.approx(timed.clock.now)
    # Another process, hours later.
    later = replace(timed, clock=type(timed.clock)(5000.0))
    again = later.fit()
    again.model.load_state_dict(fit.model.state_dict())
    again.load_state_dict(state)
    assert again.progress.length == fit.progress.length
    last = epochs(later.run(again))[-1]
    assert last.stopped == TIME_IS_UP
    assert state["progress"]["used"] + later.clock.now - 5000.0 <= 60 + 1
    assert last.step >= expected.step - 6


def test_more_time_goes_on_after_what_was_cut_short() -> None:
    """The rest of the epoch is left out; the next one has an order of its own."""
    timed = Timed(40)
    fit = timed.fit()
    last = epochs(timed.run(fit))[-1]
    assert last.step % 10 != 0
    state = fit.state_dict()
    plan = Plan(epochs=8, seconds=40)
    assert why_stopped(Progress(**state["progress"]), plan) == TIME_IS_UP
    assert why_stopped(Progress(**state["progress"]), replace(plan, seconds=30)) == TIME_IS_UP
    assert why_stopped(Progress(**state["progress"]), replace(plan, seconds=None)) is None
    more = replace(timed, limit=80, clock=type(timed.clock)())
    again = more.fit()
    again.load_state_dict(state)
    assert again.progress.stopped is None
    assert not again.within_epoch
    reports = more.run(again)
    first, final = epochs(reports)[0], epochs(reports)[-1]
    assert (first.epoch, first.step) == (last.epoch + 1, last.step + 10)
    assert final.stopped == TIME_IS_UP
    assert 30 < more.clock.now <= 40
    assert again.course.steps == final.step


def test_a_phase_has_its_share_of_the_time_and_the_plan_goes_on_after_it() -> None:
    """Two thirds of the epochs are the first phase's: it gets 40 of 60 seconds; the rest of its epochs is left out."""
    entered: list[int] = []

    def seconds(epoch: int, now: float) -> float:
        entered.append(epoch)
        return 1.0 if epoch < 8 else 0.5

    timed = Timed(60, epochs=12, starts=(0, 8), seconds=seconds, fit_options={"schedule": Linear(warmup=0)})
    fit = timed.fit()
    reports = timed.run(fit)
    assert [report.phase for report in epochs(reports)] == [0, 0, 0, 1, 1, 1][: len(epochs(reports))]
    assert list(dict.fromkeys(entered)) == [0, 1, 2, 8, 9, *([10] if len(epochs(reports)) > 5 else [])]
    assert fit.progress.left_out == [0, 5]
    assert timed.clock.now <= 60
    found = rates(reports)
    # The rate falls to nothing in each phase.
    assert found[29] == pytest.approx(0.1 / 30, rel=0.01)
    assert found[30] > 0.05
    assert found[-1] < 0.02


@pytest.mark.parametrize("killed", [None, 14, 34])
def test_what_was_decided_is_followed_at_any_speed(killed: int | None) -> None:
    """Also of a run that was killed, and of one that got more time when it was over."""

    def timed(limit: float, seconds: float) -> Timed:
        speed = lambda epoch, now: seconds * (1.0 if now < 20 else 1.5)  # noqa: E731
        return Timed(limit, epochs=12, starts=(0, 8), seconds=speed, fit_options={"schedule": Linear()})

    first = timed(60, 1.0)
    fit = first.fit()
    reports = first.run(fit, steps=killed)
    state = fit.state_dict()
    more = replace(first, limit=80, clock=type(first.clock)())
    again = more.fit()
    again.model.load_state_dict(fit.model.state_dict())
    again.load_state_dict(state)
    reports += more.run(again)
    assert len(again.progress.decided) > 2
    for seconds in (0.1, 5.0):
        other = timed(80, seconds)
        followed = other.fit()
        followed.course.follow(again.progress.decided)
        assert rates(other.run(followed)) == rates(reports)
        assert same(state_of(followed), state_of(again))
        assert by_place(followed) == by_place(again)
        assert followed.progress.stopped == again.progress.stopped == TIME_IS_UP
    with pytest.raises(ValueError, match="other phases"):
        timed(80, 1.0).fit().course.follow([{"step": 3, "epoch": 0, "length": 9, "left_out": [0, 1, 2]}])


def test_a_phase_that_is_shortened_leaves_its_epochs_out_of_the_plan() -> None:
    phases = Phases.shortened((0, 6), 10, 5, (0, 4), 23)
    assert (phases.starts, phases.epochs) == ((0, 2), 6)
    assert [phases.in_plan(epoch) for epoch in range(6)] == [0, 1, 6, 7, 8, 9]
    assert phases.position(9) == Position(9, 10, 5)
    assert phases.position(10) == Position(0, 13, 5)
    progress = Progress(epoch=6, step=30, left_out=[0, 4])
    assert why_stopped(progress, Plan(epochs=10)) == "all epochs are done"


def test_a_retry_has_used_its_time() -> None:
    timed = Timed(60)
    fit = timed.fit()
    timed.run(fit, steps=8)
    state = fit.state_dict()
    timed.clock.now += 20
    fit.load_state_dict(state)
    timed.run(fit)
    assert fit.progress.stopped == TIME_IS_UP
    assert timed.clock.now <= 60


class Led(Group):
    """A process that does not lead: what the one that does has decided is `told`."""

    leads = False

    def __init__(self, told: Mapping[int, int]) -> None:
        self.told, self.steps = told, 0

    def max(self, *numbers: int) -> tuple[int, ...]:
        assert not any(numbers)  # its own clock decides nothing
        self.steps += 1
        return tuple(
            number or int(self.steps in self.told and index == len(numbers) - 1)
            for index, number in enumerate(numbers)
        )

    def broadcast(self, item: Any) -> Any:
        return self.told[self.steps]


def test_processes_go_by_the_clock_of_the_one_that_leads() -> None:
    timed = Timed(60, epochs=3)
    fit = timed.fit()
    fit.group = fit.course._group = Led({4: 17, 18: 17})
    timed.clock.now = 1000.0  # long after the limit
    last = epochs(timed.run(fit))[-1]
    assert (last.step, last.stopped) == (17, TIME_IS_UP)
