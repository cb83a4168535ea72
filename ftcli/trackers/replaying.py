"""One run brought up to date in one tracker: all of it, or what is new since the last time."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ftcli.errors import TrackerError, UserError
from ftcli.report.run import check_run
from ftcli.system.extras import check_extra
from ftcli.system.lock import Lock
from ftcli.system.offline import send_no_telemetry
from ftcli.trackers import TRACKERS
from ftcli.trackers.identity import identity
from ftcli.trackers.replay import Ending, Log, artefacts, best_figures, described, status_of
from ftcli.trackers.tracker import DiffersError, Tracker

# Held by the one process that sends a run to trackers.
LOCK = ".trackers-lock"
_CREDENTIALS = re.compile(r"//[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a tracker has of a run: so many points; `look` is how a person sees them, `left_out` what no tool takes."""

    tracker: str
    status: str
    points: int
    look: str
    left_out: tuple[str, ...]


class Replaying:
    """A run and a tracker; the lock of `lock_of` is held."""

    def __init__(self, path: Path, name: str) -> None:
        """Raises `RunError` where there is no run, and `OSError` where nothing can be written to it."""
        send_no_telemetry()
        run = described(path, identity(path))
        self.name, self._path, self._log = name, path, Log(path, run.began)
        self._tracker: Tracker = TRACKERS.load(name)(run)

    def begin(self) -> None:
        """Make the run in the tool, or find it; all of the log is new then, also where it has gone back."""
        self._log.again()
        self._tracker.begin()

    def more(self) -> None:
        """Send what was logged since the last time."""
        self._corrected(lambda: None)

    def end(self, status: str | None = None) -> Sent:
        """Send what is left, and how the run stands: by its files, unless `status` is given."""
        status = status or status_of(self._path)
        self._corrected(lambda: self._tracker.end(self._ending(status)))
        log = self._log
        lost = {"lines that cannot be read": log.damaged, "values that are not finite numbers": log.infinite}
        left_out = tuple(f"{what} were left out: {count:,}" for what, count in lost.items() if count)
        return Sent(self.name, status, log.points, without_password(self._tracker.look()), left_out)

    def close(self) -> None:
        """Let go of what the tracker holds. What it raises then is no news: its end has said what counts."""
        with suppress(Exception):
            self._tracker.close()

    def _ending(self, status: str) -> Ending:
        log, path = self._log, self._path
        return Ending(status, best_figures(path), artefacts(path), log.step, log.time)

    def _corrected(self, then: Callable[[], None]) -> None:
        """Send the rows and do what comes then; where the tool has others than the log, once more from nothing."""
        try:
            self._send()
            then()
        except DiffersError:
            self._log.again()
            self._tracker.begin(anew=True)
            self._send()
            then()

    def _send(self) -> None:
        for rows in self._log.new():
            self._tracker.add(rows)


def sync(path: Path, name: str) -> Sent:
    """Bring all of a run to a tracker: twice gives the same as once.

    Raises `RunError` where there is no run, or another process sends it; `InstallationError` without the packages of
    the tracker; and `TrackerError` where that fails.
    """
    check_run(path)
    for package in TRACKERS.load(name).packages:
        check_extra(package, name, name)
    lock = Lock(path, LOCK)
    lock.take()
    replaying = None
    try:
        replaying = Replaying(path, name)
        replaying.begin()
        return replaying.end()
    except UserError:
        raise
    # A tool may raise anything.
    except Exception as error:
        raise TrackerError(f"{name}: {problem(error)}") from error
    finally:
        if replaying is not None:
            replaying.close()
        lock.free()


def problem(error: BaseException) -> str:
    """What went wrong in a tool, in a line."""
    lines = str(error).strip().splitlines()
    return (
        without_password(f"{type(error).__name__}: {lines[0].rstrip('.')}") if lines else type(error).__name__
    )


def without_password(text: str) -> str:
    """A text without the name and the password that an address in it may have."""
    return _CREDENTIALS.sub("//", text)
