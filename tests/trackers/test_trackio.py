"""A run in Trackio, read back by its own storage. Skipped where Trackio is absent: 0.43 needs pillow < 13."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.trackers.replaying import Replaying, sync
from tests.trackers import growing

pytest.importorskip("trackio", reason="trackio 0.43 needs pillow < 13, and the other packages have 13")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.parametrize("same", [True, False])
def test_after_a_kill_and_two_syncs_each_point_is_there_once(run: Path, same: bool) -> None:
    from trackio.sqlite_storage import SQLiteStorage

    growing.killed_and_retrained(run, "trackio", same=same)
    for _ in range(2):
        sync(run, "trackio")
        assert growing.in_trackio(run) == growing.with_best(run)
    config = SQLiteStorage.get_run_config("ftcli", "flowers")
    assert (config["model.backbone"], config["status"]) == ("torchvision/mobilenet_v2", "finished")
    assert (run.parent / "trackio" / "ftcli.db").is_file()


def test_two_runs_of_one_name_are_two(run: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from trackio.sqlite_storage import SQLiteStorage

    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "shared"))
    other = growing.begin(tmp_path / "others" / "flowers")
    for path in (run, other):
        growing.grow(path, growing.lines(epochs=1))
        sync(path, "trackio")
    assert len(SQLiteStorage.get_run_records("ftcli")) == 2
    assert {path.name for path in run.parent.iterdir()} == {"flowers"}


def test_a_log_that_went_back_is_shown_as_it_is_now(run: Path) -> None:
    growing.grow(run, growing.lines())
    sending = Replaying(run, "trackio")
    sending.begin()
    sending.more()
    (run / "metrics.jsonl").unlink()
    growing.grow(run, growing.lines(epochs=1))
    sending.begin()
    sending.more()
    assert growing.in_trackio(run) == growing.logged(run)
