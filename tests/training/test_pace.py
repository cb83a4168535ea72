"""How long an epoch takes: also one that several processes have worked on."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest

from ftcli.training.pace import Pace
from ftcli.training.reports import EpochReport, Plan, Progress
from tests.training.toy_fit import make_fit, net


class Clock:
    """The time, which only moves when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def test_validation_counts_for_the_seconds_and_not_for_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, progress = Clock(monkeypatch), Progress(seconds=100.0)
    pace = Pace(progress)
    for _ in range(5):
        clock.now += 2
        pace.step(8)
    pace.trained()
    clock.now += 6
    assert pace.close() == (16.0, 4.0)
    assert (progress.seconds, progress.epoch_seconds, progress.epoch_examples) == (116.0, 0.0, 0)


def test_an_epoch_that_was_interrupted_has_the_seconds_of_both_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, progress = Clock(monkeypatch), Progress()
    pace = Pace(progress)
    clock.now += 10
    pace.step(8)
    saved = asdict(progress)
    clock.now += 500  # nobody trains
    pace = Pace(again := Progress(**saved))
    clock.now += 6
    pace.step(8)
    pace.trained()
    clock.now += 4
    assert pace.close() == (20.0, 1.0)
    assert again.seconds == 20


def test_an_epoch_reports_what_trained_its_rate_and_its_times() -> None:
    fit = make_fit(net(), Plan(epochs=2), evaluate=lambda _: {"loss": 1.0})
    first, second = (report for report in fit if isinstance(report, EpochReport))
    assert (first.trained, first.lr) == ("all blocks", fit.optimizer.param_groups[-1]["lr"])
    assert min(first.seconds, first.examples_per_second, second.seconds) > 0
    assert fit.progress.seconds == pytest.approx(first.seconds + second.seconds)
    assert (fit.progress.epoch_seconds, fit.progress.epoch_examples) == (0.0, 0)
