"""The directory of a run: which one, what is in it, and what is left of one that did not begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Target
from ftcli.errors import RunError
from ftcli.runs.directory import RunDirectory

EXPERIMENT = Experiment(task="image-classification", data=Data(source="photos"), model=Model("x"))
TARGET = Target("single-label", ("ant", "bee"), (2, 3), 5)


def begun(path: Path) -> RunDirectory:
    directory = RunDirectory(path)
    with directory.created(EXPERIMENT, TARGET, {"device": "cpu"}):
        directory.write_data({"train": 5})
    return directory


def test_the_first_free_name_is_taken(workplace: Path) -> None:
    assert RunDirectory.choose(EXPERIMENT, "x").path == Path("runs/x")
    for name in ("x", "x-2"):
        (workplace / "runs" / name).mkdir(parents=True)
    assert RunDirectory.choose(EXPERIMENT, "x").path == Path("runs/x-3")


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    begun(tmp_path / "run").lock.free()
    directory = RunDirectory.existing(tmp_path / "run")
    assert directory.target() == TARGET
    assert directory.data() == {"train": 5}
    assert directory.environment()["device"] == "cpu"
    assert directory.environment()["experiment"]["task"] == "image-classification"
    assert directory.summary() == {}
    directory.write_summary({"epochs": 1})
    assert directory.summary() == {"epochs": 1}


def test_a_run_is_recognised_by_its_experiment(tmp_path: Path) -> None:
    path = begun(tmp_path / "run").path
    (path / "checkpoints" / "epoch-0001").mkdir(parents=True)
    assert RunDirectory.is_named_by(str(path))
    assert RunDirectory.is_named_by(str(path / "checkpoints" / "epoch-0001"))
    assert not RunDirectory.is_named_by(str(tmp_path))
    with pytest.raises(RunError, match="is not a run directory"):
        RunDirectory.existing(tmp_path)


def test_what_did_not_begin_leaves_nothing_and_what_is_taken_stays(tmp_path: Path) -> None:
    directory = begun(tmp_path / "a" / "b")
    directory.discard()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "notes.txt").touch()
    with pytest.raises(RunError, match="is not empty"):
        begun(tmp_path)
    assert (tmp_path / "notes.txt").exists()


def test_a_run_that_is_taken_up_has_not_ended(tmp_path: Path) -> None:
    """Also where a kill came between its outcomes and its summary."""
    directory = begun(tmp_path / "run")
    before = {one.name for one in directory.path.iterdir()}
    (directory.path / "errors").mkdir()
    (directory.path / "errors/001.jpg").touch()
    for name in ("outcomes.json", "predictions.csv", "errors.csv", "confusion.csv"):
        (directory.path / name).touch()
    directory.reopen(None)
    assert {one.name for one in directory.path.iterdir()} == before


def test_a_damaged_summary_or_target_is_an_error(tmp_path: Path) -> None:
    directory = begun(tmp_path / "run")
    reading = {
        "summary.json": directory.summary,
        "model/target.json": directory.target,
        "data.json": directory.data,
    }
    for file, read in reading.items():
        (directory.path / file).write_text("[1, ")
        with pytest.raises(RunError, match=r"cannot be read"):
            read()


def test_a_run_of_another_process_is_not_written(tmp_path: Path) -> None:
    directory = begun(tmp_path / "run").of_others()
    directory.log("a line")
    directory.metrics.append({"step": 1})
    directory.write_summary({"epochs": 1})
    directory.discard()
    assert not {"log.txt", "metrics.jsonl", "summary.json"} & {one.name for one in directory.path.iterdir()}
