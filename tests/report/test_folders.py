"""Where runs are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ftcli.report.folders import last_written, run_folders
from tests.report.making import add_checkpoint, make_run


def test_runs_are_found_below_a_folder_and_not_within_each_other(tmp_path: Path) -> None:
    for name in ("b", "group/a", "group/deep/c"):
        make_run(tmp_path / name)
    make_run(tmp_path / "b/copy")
    make_run(tmp_path / ".hidden/d")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/experiment.txt").touch()
    (tmp_path / "link").symlink_to(tmp_path / "b")
    found = [str(path.relative_to(tmp_path)) for path in run_folders(tmp_path)]
    assert found == ["b", "group/a", "group/deep/c"]
    assert list(run_folders(tmp_path / "b")) == [tmp_path / "b"]


def test_a_run_that_has_lost_its_experiment_is_found(tmp_path: Path) -> None:
    add_checkpoint(make_run(tmp_path / "a"))
    (tmp_path / "a/experiment.yaml").unlink()
    assert list(run_folders(tmp_path)) == [tmp_path / "a"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(run_folders(tmp_path / "none"))


def test_a_report_that_is_made_anew_does_not_make_a_run_newer(tmp_path: Path) -> None:
    path = make_run(tmp_path / "a")
    (path / "report.html").touch()
    for entry in path.iterdir():
        os.utime(entry, (2000, 2000 if entry.name == "report.html" else 1000))
    assert last_written(path) == 1000
    assert last_written(tmp_path / "none") == 0
