"""What a run's files say as trackers are given it."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.system.lock import Lock
from ftcli.trackers import replay
from tests.trackers import growing


def series(parts: Sequence[Sequence[replay.Row]]) -> growing.Series:
    found: growing.Series = defaultdict(list)
    for row in (row for rows in parts for row in rows):
        for name, value in row.figures.items():
            found[name].append((row.step, value))
    return dict(found)


def test_every_point_of_a_log_is_given_once(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing.grow(run, growing.lines())
    log = replay.Log(run, 0.0)
    found = list(log.new())
    assert series(found) == growing.logged(run)
    assert log.points == sum(map(len, growing.logged(run).values()))
    assert list(log.new()) == []
    monkeypatch.setattr(replay, "_CHUNK", 300)
    log.again()
    parts = list(log.new())
    assert len(parts) > 5
    assert series(parts) == series(found)


def test_a_log_that_grows_is_given_as_it_grows(run: Path) -> None:
    log, lines = replay.Log(run, 0.0), growing.lines()
    assert list(log.new()) == []
    growing.grow(run, lines[:3], whole=False)
    assert series(list(log.new()))["train/loss"] == [(line["step"], line["loss"]) for line in lines[:2]]
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert series(list(log.new()))["train/loss"][0] == (3, lines[2]["loss"])


def test_what_no_tool_takes_is_counted(run: Path) -> None:
    growing.grow(run, [{"step": 1, "epoch": 1, "loss": float("nan"), "lr": 1e-3}])
    with (run / "metrics.jsonl").open("a") as file:
        file.write('no json\n[1]\n{"step": -1, "epoch": 1, "loss": 2.0}\n' + "[" * 100_000 + "\n\n")
    growing.grow(
        run, [{"step": 2, "epoch": 1, "note": "back"}, {"step": 2, "epoch": 1, "loss": 1.0, "lr": 1}]
    )
    log = replay.Log(run, 0.0)
    assert series(list(log.new())) == {
        "epoch": [(1, 1.0), (2, 1.0)], "train/lr": [(1, 1e-3), (2, 1.0)], "train/loss": [(2, 1.0)],
    }  # fmt: skip
    assert (log.damaged, log.infinite, log.step) == (4, 1, 2)


def test_a_series_has_one_value_a_step(run: Path) -> None:
    growing.grow(run, growing.lines(epochs=1, steps=1))
    ((first, second),) = replay.Log(run, 0.0).new()
    assert set(first.figures) == {"epoch", "train/loss", "train/lr"}
    assert not set(first.figures) & set(second.figures)


def test_times_are_those_of_the_epochs(run: Path) -> None:
    growing.grow(run, [*growing.lines(epochs=2, steps=4), {"step": 9, "epoch": 3, "loss": 1.0, "lr": 0.1}])
    os.utime(run / "metrics.jsonl", (2000.0, 2000.0))
    rows = [row for rows in replay.Log(run, 1000.0).new() for row in rows]
    first, second = 4.2, 4.2 + 17.0
    expected = {1: first / 4, 4: first, 6: first + 17.0 / 2, 8: second}
    times = {row.step: row.time - 1000 for row in rows}
    assert {step: times[step] for step in expected} == pytest.approx(expected)
    assert rows[-1].time == 2000.0


def test_a_run_is_described(run: Path) -> None:
    (run / "experiment.yaml").write_text(
        "task: x\ndata: {source: photos, image: null}\nloss: {name: focal, gamma: 2}\n"
    )
    os.utime(run / "environment.json", (500.0, 500.0))
    found = replay.described(run, "1")
    assert found.parameters == {"task": "x", "data.source": "photos", "loss.name": "focal", "loss.gamma": "2"}
    assert (found.name, found.began) == ("flowers", 500.0)


def test_how_a_run_stands(run: Path) -> None:
    assert replay.status_of(run) == replay.FAILED
    lock = Lock(run)
    lock.take()
    assert replay.status_of(run) == replay.RUNNING
    lock.free()
    assert replay.best_figures(run) == {}
    growing.finish(run)
    assert replay.status_of(run) == replay.FINISHED
    assert replay.best_figures(run) == {
        "best/epoch": 2.0, "best/val/accuracy": 0.75, "best/val/loss": 0.5, "best/test/accuracy": 0.7,
    }  # fmt: skip
    (run / "curves.svg").symlink_to("/etc/passwd")
    assert [path.name for path in replay.artefacts(run)] == ["report.html", "experiment.yaml"]


def test_a_log_that_is_a_link_is_not_followed(run: Path) -> None:
    (run / "metrics.jsonl").symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="is a link"):
        list(replay.Log(run, 0.0).new())
