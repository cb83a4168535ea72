"""Facts on disk, and what is tried next."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from ftcli.errors import InstallationError, RunError
from ftcli.studies.trials import Rung
from ftcli.studies.tuning.halving import RUNGS
from ftcli.studies.tuning.journal import Journal
from ftcli.studies.tuning.space import Choices, Dimension, Point, Range

SPACE = [
    Dimension("optimizer.lr", Range(0.1, 10.0, log=True), relative=True),
    Dimension("freeze", Choices(("none", "backbone"))),
]
START: Point = {"optimizer.lr": 1.0, "freeze": "none"}


def journal(folder: Path, start: Point = START) -> Journal:
    return Journal(folder / "journal.log", SPACE, start, seed=0, value=lambda rung: rung.best)


def rung(number: int, quality: float) -> Rung:
    share = RUNGS[number]
    return Rung(share, round(share * 90), quality, quality, 1.0, share == 1, 10, 0.5)


def quality(point: Point) -> float:
    """Best at a high rate, whatever is frozen."""
    return 0.9 - 0.1 * abs(math.log10(float(point["optimizer.lr"])) - 0.8)


def test_it_begins_with_the_default_and_rates_around_it(tmp_path: Path) -> None:
    first = journal(tmp_path)
    points = [one.point for _ in range(3) if (one := first.begin())]
    assert points == [START, {**START, "optimizer.lr": 3.0}, {**START, "optimizer.lr": 1 / 3}]
    again = journal(tmp_path)
    assert [one.point for one in again.records()] == points
    assert again.begin(most=3) is None


def test_what_heads_alone_suggest_comes_next(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.hint = {"optimizer.lr": 5.0, "freeze": "backbone"}
    points = [made.point for _ in range(4) if (made := one.begin())]
    assert points[3] == one.hint


def test_facts_outlive_who_wrote_them(tmp_path: Path) -> None:
    mine, theirs = journal(tmp_path), journal(tmp_path)
    mine.begin()
    mine.send(0, 0)
    mine.report(0, rung(0, 0.5))
    theirs.send(0, 1)
    theirs.begin()
    theirs.fail(1, "no room")
    (first, second) = journal(tmp_path).records()
    assert (first.sent, first.rungs, first.finished) == (1, (rung(0, 0.5),), False)
    assert second.failed == "no room"
    standing = first.standing(lambda one: one.best, busy=False)
    assert (standing.values, standing.sent, standing.pinned) == ((0.5,), 1, True)


def test_an_early_stop_is_the_end_of_all_rungs(tmp_path: Path) -> None:
    one = journal(tmp_path)
    one.begin()
    one.report(0, rung(0, 0.5)._replace(finished=True, share=1.0))
    assert one.records()[0].standing(lambda found: found.best, busy=False).values == (0.5,) * len(RUNGS)


def test_a_point_is_a_function_of_its_number_and_what_was_known(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    points = []
    for folder in (tmp_path, tmp_path / "other"):
        one = journal(folder)
        points.append([made.point for _ in range(9) if (made := one.begin())])
    assert points[0] == points[1]
    assert len({str(point) for point in points[0]}) == 9


def test_the_sampler_learns_from_what_is_paused(tmp_path: Path) -> None:
    one = journal(tmp_path)
    for _ in range(30):
        record = one.begin()
        assert record is not None
        one.report(record.number, rung(0, quality(record.point)))
    rates = [float(record.point["optimizer.lr"]) for record in one.records()]
    assert sum(rate > 2 for rate in rates[12:]) > 2 * sum(rate < 0.5 for rate in rates[12:])
    importances = one.importances()
    assert importances["optimizer.lr"] > importances["freeze"]


def test_defaults_outside_of_what_is_searched_are_not_sampled_from(tmp_path: Path) -> None:
    one = journal(tmp_path, {"freeze": "none"})
    records = [made for _ in range(4) if (made := one.begin())]
    assert records[0].point == {"freeze": "none"}
    assert all(record.point.keys() == {"optimizer.lr", "freeze"} for record in records[1:])
    assert one.importances() == {}


def test_without_optuna_it_is_said_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.system.extras.find_spec", lambda name: None)
    with pytest.raises(InstallationError, match=r'ftcli tune needs .*pip install "ftcli\[tune\]"'):
        journal(tmp_path)


def test_a_line_that_a_full_disk_has_cut_is_dropped(tmp_path: Path) -> None:
    journal(tmp_path).begin()
    path = tmp_path / "journal.log"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    again = journal(tmp_path)
    again.send(0, 1)
    assert [one.sent for one in journal(tmp_path).records()] == [1]


@pytest.mark.parametrize("damaged", [b"{\n{}\n", b"\xff\xfe\n" * 3, b"[]\n{}\n", b'{"op_code": 99}\n' * 2])
def test_a_damaged_journal_is_one_answer(tmp_path: Path, damaged: bytes) -> None:
    (tmp_path / "journal.log").write_bytes(damaged)
    with pytest.raises(RunError, match=r"journal\.log: cannot be read, .* with --output$"):
        journal(tmp_path)
