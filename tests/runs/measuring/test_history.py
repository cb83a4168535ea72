"""What trainings cost is kept in a small file, whatever is in it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from ftcli.runs.measuring.curve import Curve
from ftcli.runs.measuring.history import LINES, NAME, History, RunRecord
from ftcli.runs.measuring.survey import PhaseCost, Survey

RUN = RunRecord(10**9, 400, ((12.0, 8.0), (30.0, 29.0)), 4.0)
PHASE = PhaseCost(
    0, Curve(1, 2, 3), Curve(each=1), Curve(), 0.5, 0.1, 0.2, True, False, 1.0, 0.0, 10**8, (4, 16), False
)  # fmt: skip
SURVEY = Survey((PHASE,), 0.1, 0.01)


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    history = History(tmp_path / "cache")
    assert history.last_run("a") is None
    history.add_run("a", RUN, {"memory": "x"}, {"memory": 1.1})
    history.add_survey("b", SURVEY)
    again = History(tmp_path / "cache")
    assert again.last_run("a") == RUN
    assert again.last_survey("b") == SURVEY
    assert again.last_run("b") is None
    assert again.last_survey("a") is None


def test_predictions_learn_from_a_few_runs_of_the_same_source(tmp_path: Path) -> None:
    history = History(tmp_path)
    for share in (1.1, 1.3, 1.2):
        assert history.factor("steps", "memory") == 1
        history.add_run("a", RUN, {"memory": "steps", "seconds": "steps"}, {"memory": share})
    assert history.factor("steps", "memory") == pytest.approx(1.2)
    assert history.factor("steps", "seconds") == 1
    assert history.factor("formulas", "memory") == 1
    for _ in range(20):
        history.add_run("a", RUN, {"memory": "steps"}, {"memory": 50.0})
    assert history.factor("steps", "memory") == 2  # by more than this nothing is corrected


def test_lines_that_are_damaged_are_passed_over(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add_run("a", RUN, {}, {})
    with (tmp_path / NAME).open("a") as file:
        bad = [
            '{"key": "a", "run": {"peak_bytes": 1}}', '["a"]', "{", '{"key": "a", "survey": {"phases": 3}}',
        ]  # fmt: skip
        whole = json.dumps({"key": "a", "run": asdict(RUN)})
        bad += [whole.replace("1000000000", number) for number in ("Infinity", "NaN", "1e999")]
        file.write("\n".join([*bad, '{"shares": {"memory": "x"}, "sources": 3}', "\x00"]))
    assert History(tmp_path).last_run("a") == RUN
    assert History(tmp_path).last_survey("a") is None
    assert History(tmp_path).factor("x", "memory") == 1


def test_the_file_stays_small_and_goes(tmp_path: Path) -> None:
    lines = [json.dumps({"key": str(i)}) for i in range(3 * LINES)]
    (tmp_path / NAME).write_text("\n".join(lines) + "\n")
    history = History(tmp_path)
    history.add_run("a", RUN, {}, {})
    assert len((tmp_path / NAME).read_text().splitlines()) == LINES
    assert history.clear() > 0
    assert history.last_run("a") is None
    assert not (tmp_path / NAME).exists()


def test_without_a_folder_nothing_is_kept_and_a_full_disk_is_no_matter(tmp_path: Path) -> None:
    History(None).add_run("a", RUN, {}, {})
    assert History(None).last_run("a") is None
    assert History(None).clear() == 0
    (tmp_path / "file").write_text("")
    History(tmp_path / "file" / "cache").add_survey("a", SURVEY)
