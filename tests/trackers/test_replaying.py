"""A run brought up to date in a tracker that is made up; and real ones after a real kill."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from ftcli.config.training_keys import TRACKERS as NAMES
from ftcli.errors import InstallationError, RunError, TrackerError
from ftcli.system.lock import Lock
from ftcli.trackers import TRACKERS, replaying
from ftcli.trackers.replay import Described, Ending, Row
from ftcli.trackers.tracker import DiffersError, Tracker
from tests.trackers import growing


class Notebook:
    """Keeps all in memory, and has more than the log at first."""

    packages: ClassVar[tuple[str, ...]] = ()
    pages: ClassVar[list[str]] = []
    differs: ClassVar[bool] = False

    def __init__(self, run: Described) -> None:
        self._differs = self.differs

    def begin(self, *, anew: bool = False) -> None:
        self.pages.append("anew" if anew else "begin")

    def add(self, rows: Sequence[Row]) -> None:
        self.pages.append(f"{len(rows)} rows")

    def end(self, ending: Ending) -> None:
        if self._differs:
            self._differs = False
            raise DiffersError
        self.pages.append(f"{ending.status} at {ending.step}, {len(ending.summary)} figures")

    def close(self) -> None:
        self.pages.append("closed")

    def look(self) -> str:
        return "postgresql://me:secret@host/notebook"


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> type[Notebook]:
    monkeypatch.setattr(Notebook, "pages", [])
    monkeypatch.setattr(Notebook, "differs", False)
    monkeypatch.setattr(TRACKERS, "_entries", {"notebook": f"{__name__}:Notebook"})
    return Notebook


def test_the_configuration_knows_all_trackers() -> None:
    assert set(NAMES) == set(TRACKERS)
    for name in TRACKERS:
        tracker: type[Tracker] = TRACKERS.load(name)
        assert tracker.packages


def test_all_of_a_run_is_sent(run: Path, notebook: type[Notebook]) -> None:
    growing.grow(run, growing.lines())
    growing.finish(run)
    sent = replaying.sync(run, "notebook")
    assert notebook.pages == ["begin", "15 rows", "finished at 12, 4 figures", "closed"]
    assert (sent.status, sent.points, sent.left_out) == ("finished", 48, ())
    assert sent.look == "postgresql://host/notebook"


def test_what_differs_is_written_anew(
    run: Path, notebook: type[Notebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Notebook, "differs", True)
    growing.grow(run, growing.lines())
    assert replaying.sync(run, "notebook").points == 48
    assert notebook.pages == ["begin", "15 rows", "anew", "15 rows", "failed at 12, 0 figures", "closed"]


def test_what_a_tool_raises_is_an_answer(
    run: Path, notebook: type[Notebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ConnectionError("no such host: https://me:secret@host/x.\nand more")

    monkeypatch.setattr(Notebook, "add", fail)
    growing.grow(run, growing.lines())
    with pytest.raises(TrackerError, match=r"^notebook: ConnectionError: no such host: https://host/x$"):
        replaying.sync(run, "notebook")
    assert notebook.pages == ["begin", "closed"]
    assert not Lock(run, replaying.LOCK).is_taken()


def test_one_process_sends(run: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from ftcli.system.lock import Lock\n"
        f"Lock(Path(sys.argv[1]), '{replaying.LOCK}').take(); print('taken', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(run)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        try:
            with pytest.raises(RunError, match="in use by process"):
                replaying.sync(run, "tensorboard")
        finally:
            other.kill()


def test_without_its_package_or_a_run_nothing_is_written(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ftcli.system.extras.find_spec", lambda _: None)
    with pytest.raises(InstallationError, match=r'pip install "ftcli\[trackio\]"'):
        replaying.sync(run, "trackio")
    with pytest.raises(RunError, match="is not a run directory"):
        replaying.sync(run.parent, "trackio")
    assert not (run / replaying.LOCK).exists()
    assert not (run.parent / replaying.LOCK).exists()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_after_kill_9_nothing_is_there_twice(run: Path, empty_mlflow: Path) -> None:
    """A process that sends to three tools at once is killed; the log goes back and on, as when a run is resumed."""
    pytest.importorskip("wandb")
    shutil.copy(empty_mlflow, run.parent / "mlflow.db")
    names, trained = ("tensorboard", "mlflow", "wandb"), growing.lines()
    growing.grow(run, trained[:8])
    code = (
        "import os, sys; from pathlib import Path; from ftcli.trackers.replaying import Replaying\n"
        f"for name in {names}:\n"
        "    sending = Replaying(Path(sys.argv[1]), name); sending.begin(); sending.more()\n"
        "os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(run)], check=False, env={**os.environ, "PYTHONPATH": "."}
    )
    assert ended.returncode == -signal.SIGKILL
    (run / "metrics.jsonl").unlink()
    growing.grow(run, trained)
    growing.finish(run)
    for _ in range(2):
        for name in names:
            replaying.sync(run, name)
        assert growing.in_tensorboard(run) == growing.truncated(growing.with_best(run))
        assert growing.in_mlflow(run) == growing.with_best(run)
        assert growing.in_wandb(run) == growing.logged(run)
