"""How long trials take, and what of the time is kept for the finals."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.studies.trials import Rung
from ftcli.studies.tuning.costs import Costs
from ftcli.studies.tuning.journal import Record
from tests.studies.tuning.test_finals import FACTS, Short

POINT = {"optimizer.lr": 1.0}


def record(number: int, *rungs: Rung, **point: object) -> Record:
    return Record(number, POINT | point, 0, rungs, None)  # type: ignore[arg-type]


def rung(step: int, steps: int, seconds: float, *, opening: float = 2.0, finished: bool = False) -> Rung:
    return Rung(step / 90, step, 0.5, 0.5, seconds, finished, steps, 0.5, opening)


def test_opening_and_steps_are_known_apart(tmp_path: Path) -> None:
    study = Short(tmp_path, FACTS)
    costs = Costs(study, [record(0, rung(10, 10, 7.0), rung(30, 20, 12.0))])
    # 2 seconds to open, half a second for a step.
    assert costs.left(POINT) == pytest.approx(3 * 2 + 45)
    assert costs.left(POINT, 2, 30 / 90) == pytest.approx(2 + 30)
    assert costs.again(POINT) == pytest.approx(2 + 45)
    # A policy that is new is taken to be as slow.
    assert costs.left(POINT | {"freeze": "lp-ft"}) == costs.left(POINT)
    assert Costs(study, []).confirming(POINT) == Costs(study, []).left(POINT) == 0


def test_one_that_stops_early_lets_others_be_expected_to(tmp_path: Path) -> None:
    study = Short(tmp_path, FACTS)
    costs = Costs(study, [record(0, rung(45, 45, 24.5, finished=True))])
    assert costs.again(POINT, 0) == pytest.approx(2 + 0.5 * 1.3 * 45)
    assert costs.left(POINT) == pytest.approx(3 * 2 + 0.5 * 1.3 * 45)


def test_as_many_finals_as_there_is_time_for(tmp_path: Path) -> None:
    study = Short(tmp_path, FACTS)
    costs = Costs(study, [record(0, rung(10, 10, 10.0, opening=0.0))])
    scoring = 2 * 1.5 + 0.05 * 180
    kept = [costs.confirming(POINT, total=total) - scoring for total in (2000.0, 900.0, 300.0)]
    assert kept == pytest.approx([6 * 90, 4 * 90, 2 * 90])
    assert costs.least() == pytest.approx(4 * 90 + scoring)
