"""A worker with trainings that are made up: what it begins, how it fails, and when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest

from ftcli.config.schema import Experiment
from ftcli.errors import ModelError, UserError
from ftcli.studies.trials import Rung, Trial
from ftcli.studies.tuning.costs import Costs
from ftcli.studies.tuning.halving import RUNGS
from ftcli.studies.tuning.journal import Record
from ftcli.studies.tuning.space import Choices, Dimension
from ftcli.studies.tuning.study import Study
from ftcli.studies.tuning.worker import Worker
from tests.studies.tuning.test_finals import FACTS

STEPS = 90


class Pretended(Trial):
    """A training of 90 steps, better at a higher rate."""

    def __init__(self, record: Record, study: Pretending) -> None:
        super().__init__(Experiment(), Path("none"))
        self._record, self._study = record, study

    def advance(self, until: float) -> Rung:
        if self._study.fails(self._record.number):
            raise ModelError("it does not fit")
        done = self._record.rungs[-1].step if self._record.rungs else 0
        step = round(until * STEPS)
        slow = 8 if self._record.point.get("freeze") == "none" else 1
        seconds = self._study.seconds * (step - done) * slow
        self._study.clock[0] += seconds
        self._study.folder_of(self._record.number).mkdir(parents=True, exist_ok=True)
        figure = 0.5 + 0.01 * float(self._record.point["optimizer.lr"])
        return Rung(until, step, figure, figure, seconds, until == 1, step - done, 0.5)


class Pretending(Study):
    """A study of such trainings."""

    seconds = 0.0
    clock: ClassVar[list[float]] = [0.0]
    fails: Callable[[int], bool] = staticmethod(lambda number: False)

    def trial(self, record: Record) -> Trial:
        return Pretended(record, self)

    def steps_of(self, point: object) -> int:
        return STEPS


@pytest.fixture
def study(tmp_path: Path) -> Pretending:
    return Pretending(tmp_path, FACTS)


def test_every_trial_is_trained_and_the_best_to_their_end(study: Pretending) -> None:
    Worker(study, most=9).run()
    records = study.journal.records()
    assert [one.number for one in records if not one.rungs] == []
    finished = [one for one in records if one.finished]
    assert 0 in {one.number for one in finished}
    best = max(records[1:], key=lambda one: float(one.point["optimizer.lr"]))
    assert best.finished
    assert sum(rung.steps_run for one in records for rung in one.rungs) == sum(
        one.rungs[-1].step for one in records
    )


def test_what_a_killed_worker_left_is_done_first(study: Pretending) -> None:
    study.journal.begin()
    study.journal.begin()
    study.journal.report(1, Rung(RUNGS[0], 10, 0.5, 0.5, 0.0, False, 10, 0.5))
    study.folder_of(1).mkdir(parents=True)
    study.journal.send(1, 1)  # and it was killed
    said: list[tuple[int, int]] = []
    worker = Worker(study, most=2)
    worker.say = lambda record: said.append((record.number, len(record.rungs)))
    worker.run()
    assert said[:2] == [(0, 1), (1, 2)]


def test_one_that_cannot_be_trained_fails_and_the_others_go_on(study: Pretending) -> None:
    study.fails = lambda number: number == 2
    Worker(study, most=4).run()
    records = study.journal.records()
    assert [one.failed for one in records] == [None, None, "it does not fit", None]


def test_a_default_that_cannot_be_trained_is_a_mistake(study: Pretending) -> None:
    study.fails = lambda number: number == 0
    with pytest.raises(UserError, match="does not fit"):
        Worker(study, most=4).run()


@pytest.fixture
def clock(study: Pretending, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A step takes a second of this clock."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    study.seconds, Pretending.clock = 1.0, now
    return now


def test_what_is_searched_can_be_finished_and_confirmed(study: Pretending, clock: list[float]) -> None:
    # The default takes 90 seconds, so does another, and both again with a new seed; 12 to score.
    Worker(study, until=clock[0] + 420, total=420).run()
    records = study.journal.records()
    assert [len(one.rungs) for one in records] == [3, 3, 1, 1]
    costs = Costs(study, records)
    assert costs.again(records[0].point, 0) == pytest.approx(STEPS)
    assert costs.confirming(records[1].point, 1, total=420) == pytest.approx(2 * STEPS + 12)
    assert clock[0] + 2 * STEPS + 12 <= 1000 + 420
    assert costs.least() < 420


def test_nothing_is_searched_that_could_not_be_confirmed(study: Pretending, clock: list[float]) -> None:
    Worker(study, until=clock[0] + 350, total=350).run()
    assert [len(one.rungs) for one in study.journal.records()] == [3]
    assert clock == [1000 + STEPS]


def test_slow_ones_do_not_take_the_time_of_the_leader(clock: list[float], tmp_path: Path) -> None:
    space = (*FACTS.space, Dimension("freeze", Choices(("backbone", "none"))))
    facts = replace(FACTS, space=space, start={**FACTS.start, "freeze": "backbone"}, policy="backbone")
    study = Pretending(tmp_path / "slow", facts)
    study.seconds = 1.0
    study.journal.hint = {"optimizer.lr": 1.0, "freeze": "none"}
    # 110 seconds for the first three, 80 for that one, which was not expected to take them.
    Worker(study, until=clock[0] + 520, total=520).run()
    assert [len(one.rungs) for one in study.journal.records()] == [3, 3, 1, 1]
    assert clock[0] + 2 * STEPS + 12 <= 1000 + 520


def test_with_more_time_more_finals_have_a_place(study: Pretending, clock: list[float]) -> None:
    Worker(study, until=clock[0] + 1500, total=1500).run()
    assert clock[0] + 6 * STEPS <= 1000 + 1500
    assert sum(one.finished for one in study.journal.records()) >= 3


def test_a_default_that_takes_all_the_time_has_it(study: Pretending, clock: list[float]) -> None:
    Worker(study, until=clock[0] + 60, total=60).run()
    assert [len(one.rungs) for one in study.journal.records()] == [3]


def test_a_trial_whose_run_is_gone_does_not_go_on(study: Pretending) -> None:
    study.journal.begin()
    study.journal.begin()
    study.journal.report(1, Rung(RUNGS[0], 10, 0.99, 0.99, 0.0, False, 10, 0.5))
    Worker(study, most=5).run()
    assert [len(one.rungs) for one in study.journal.records()][:2] == [3, 1]
    study.folder_of(1).mkdir()
    Worker(study, most=5).run()
    assert len(study.journal.records()[1].rungs) == 2
