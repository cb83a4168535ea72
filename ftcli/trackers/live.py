"""Trackers of a run that trains: each in a thread that reads the log, so that none can slow, stop or fail a training.

A tool is imported once the first step is logged. A tracker that fails is left alone from then on, with a note; `ftcli
sync` sends later what it has not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ftcli.errors import RunError, command
from ftcli.report.history import NAME as METRICS
from ftcli.system import signals
from ftcli.system.lock import Lock
from ftcli.trackers.replay import FAILED, FINISHED
from ftcli.trackers.replaying import LOCK, Replaying, Sent, problem

# Seconds between two looks at the log, and how long the end of a run waits for all trackers together.
EVERY, PATIENCE, PATIENCE_AFTER_FAILURE = 1.0, 30.0, 5.0


class Live:
    """The trackers of one training; usually there are none."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._lock: Lock | None = None
        self._followers: list[_Follower] = []
        # What each has at the end, and why one has not all.
        self.sent: list[Sent] = []
        self.notes: list[str] = []

    @contextmanager
    def following(self, run: Path, log: Callable[[str], None]) -> Iterator[None]:
        """Within, trackers get what a run logs; then how it ended. The notes go to its `log`, too."""
        if self._names:
            self._start(run)
        status = FAILED
        try:
            yield
            status = FINISHED
        finally:
            self._end(status)
            with suppress(RunError):
                for note in self.notes:
                    log(f"note: {note}")

    def _start(self, run: Path) -> None:
        self._lock = Lock(run, LOCK)
        try:
            self._lock.take()
        except RunError as error:
            self.notes.append(f"trackers get nothing while this trains: {error}")
            return
        self._followers = [_Follower(run, name) for name in self._names]
        for one in self._followers:
            one.start()

    def rewound(self) -> None:
        """The log has gone back."""
        for one in self._followers:
            one.rewound.set()

    def _end(self, status: str) -> None:
        """Let each send what is left, and how the run ended; wait for that, but neither for ever nor after Ctrl-C."""
        for one in self._followers:
            one.finish(status)
        self._wait(PATIENCE if status == FINISHED else PATIENCE_AFTER_FAILURE)
        for one in self._followers:
            if one.sent is not None:
                self.sent.append(one.sent)
                self.notes += [f"{one.tracker}: {left_out}" for left_out in one.sent.left_out]
            else:
                self.notes.append(one.complaint())
        if self._lock is not None and not any(one.is_alive() for one in self._followers):
            self._lock.free()

    def _wait(self, patience: float) -> None:
        until, signal = time.monotonic() + patience, signals.waiting()
        while any(one.is_alive() for one in self._followers):
            if time.monotonic() > until or signals.waiting() != signal:
                return
            time.sleep(0.02)


class _Follower(threading.Thread):
    """Sends the log of a run to one tracker, as it grows."""

    def __init__(self, run: Path, tracker: str) -> None:
        super().__init__(name=f"tracker {tracker}", daemon=True)
        self._run, self.tracker = run, tracker
        self.rewound = threading.Event()
        self._over, self._status = threading.Event(), ""
        self.sent: Sent | None = None
        self.problem: str | None = None

    def finish(self, status: str) -> None:
        """The run has ended; its files say all of it."""
        self._status = status
        self._over.set()

    def complaint(self) -> str:
        """Why the tracker has not all, and what sends it."""
        again = command("sync", self._run, self.tracker)
        return f"{self.tracker} has not all figures: {self.problem or 'it did not answer in time'}. {again} sends them"

    def run(self) -> None:
        """Whatever a tool does wrong ends here."""
        try:
            self._follow()
        # A tool may even try to end the process.
        except BaseException as error:
            self.problem = problem(error)

    def _follow(self) -> None:
        while not self._over.wait(EVERY) and not self._has_begun():
            pass
        replaying = Replaying(self._run, self.tracker)
        try:
            replaying.begin()
            while not self._over.wait(EVERY):
                self._send(replaying)
            self._send(replaying)
            self.sent = replaying.end(self._status)
        finally:
            replaying.close()

    def _send(self, replaying: Replaying) -> None:
        if self.rewound.is_set():
            self.rewound.clear()
            replaying.begin()
        replaying.more()

    def _has_begun(self) -> bool:
        """Whether a step is logged."""
        with suppress(OSError), (self._run / METRICS).open("rb") as file:
            return b'"loss"' in file.read(1 << 16) or file.tell() == 1 << 16
        return False
