"""Trackers of a run that trains: slow ones, dead ones, and logs that go back."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from ftcli.trackers import TRACKERS, live
from ftcli.trackers.live import Live
from ftcli.trackers.replay import Described, Ending, Row
from tests.trackers import growing


class Notebook:
    """Keeps rows in memory, and does in `add` what a test wants."""

    packages: ClassVar[tuple[str, ...]] = ()
    made: ClassVar[list[Notebook]] = []
    wanted: ClassVar[str] = ""
    go_on: ClassVar[threading.Event] = threading.Event()

    def __init__(self, run: Described) -> None:
        self.rows, self.ended = list[Row](), ""
        self.made.append(self)

    def begin(self, *, anew: bool = False) -> None:
        self.rows.clear()

    def add(self, rows: Sequence[Row]) -> None:
        if self.wanted == "die":
            raise SystemExit("the tool ends the process")
        if self.wanted == "hang":
            self.go_on.wait(30)
        self.rows += rows

    def end(self, ending: Ending) -> None:
        self.ended = ending.status

    def close(self) -> None:
        """Nothing is held."""

    def look(self) -> str:
        return "in the notebook"


@pytest.fixture(autouse=True)
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(TRACKERS, "_entries", {"notebook": f"{__name__}:Notebook"})
    monkeypatch.setattr(Notebook, "made", [])
    monkeypatch.setattr(Notebook, "go_on", threading.Event())
    monkeypatch.setattr(live, "EVERY", 0.01)
    yield
    Notebook.go_on.set()
    for thread in threading.enumerate():
        if thread.name == "tracker notebook":
            thread.join(5)


def steps(count: int) -> list[int]:
    """The steps of the rows that are there, once there are `count`."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if Notebook.made and len(Notebook.made[0].rows) == count:
            break
        time.sleep(0.01)
    return [row.step for row in Notebook.made[0].rows]


def test_a_log_is_sent_while_it_grows_and_when_it_goes_back(run: Path) -> None:
    following, logged, lines = Live(["notebook"]), list[str](), growing.lines()
    with following.following(run, logged.append):
        growing.grow(run, [{"epoch": 0, "step": 0, "val_loss": 1.0}])
        time.sleep(0.05)
        assert not Notebook.made  # a tool is imported after the first step
        growing.grow(run, lines[:3])
        assert steps(4) == [0, 1, 2, 3]
        growing.grow(run, lines[3:5])
        assert steps(6) == [0, 1, 2, 3, 4, 4]
        (run / "metrics.jsonl").unlink()
        growing.grow(run, lines[:2])
        following.rewound()
        assert steps(2) == [1, 2]
        growing.grow(run, lines[2:])
    assert [row.step for row in Notebook.made[0].rows] == [line["step"] for line in lines]
    assert (Notebook.made[0].ended, following.sent[0].points, following.notes, logged) == (
        "finished",
        48,
        [],
        [],
    )


def test_a_run_that_fails_says_so(run: Path) -> None:
    growing.grow(run, growing.lines())
    with pytest.raises(KeyError), Live(["notebook"]).following(run, print):
        raise KeyError
    assert Notebook.made[0].ended == "failed"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("die", "SystemExit: the tool ends the process"), ("hang", "it did not answer in time")],
)
def test_a_tracker_that_dies_or_hangs_leaves_a_note(
    run: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, said: str
) -> None:
    monkeypatch.setattr(Notebook, "wanted", wanted)
    monkeypatch.setattr(live, "PATIENCE", 0.1)
    following, logged, began = Live(["notebook"]), list[str](), time.monotonic()
    with following.following(run, logged.append):
        growing.grow(run, growing.lines())
    assert time.monotonic() - began < 5
    assert following.notes == [f"notebook has not all figures: {said}. ftcli sync {run} notebook sends them"]
    assert logged == [f"note: {following.notes[0]}"]


def test_ctrl_c_ends_the_waiting(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Notebook, "wanted", "hang")
    waiting = iter([0, 0, 0])
    monkeypatch.setattr("ftcli.system.signals.waiting", lambda: next(waiting, 2))
    following, began = Live(["notebook"]), time.monotonic()
    with following.following(run, print):
        growing.grow(run, growing.lines())
    assert time.monotonic() - began < 5
    assert len(following.notes) == 1


def test_without_trackers_there_is_no_thread_and_no_file(run: Path) -> None:
    before, threads = sorted(run.iterdir()), threading.active_count()
    with Live([]).following(run, print):
        assert threading.active_count() == threads
    assert sorted(run.iterdir()) == before


def test_what_cannot_be_locked_is_a_note(run: Path) -> None:
    (run / ".trackers-lock").symlink_to("/etc/passwd")
    following = Live(["notebook"])
    with following.following(run, print):
        growing.grow(run, growing.lines())
    assert "get nothing while this trains" in following.notes[0]
    assert not Notebook.made
