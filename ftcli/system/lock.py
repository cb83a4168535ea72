"""One writer for a run directory, by a lock that the system releases when its process ends, however it ends.

A record lock of POSIX: a fork does not inherit it, so that no process that reads data keeps a dead run locked. It does
not hold between machines on every network file system. A system without such locks has one writer only by agreement:
`capabilities.lacking` says so.
"""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ftcli.errors import RunError
from ftcli.system.bounded import read_json

NAME = ".ftcli-lock"
# For so many seconds a process that takes it waits for others, which may only look whether it is taken.
_PATIENCE = 0.2
# The files, by device and number, of which this process has the lock: to close one of them would release it.
_OWN: set[tuple[int, int]] = set()


class Lock:
    """The lock of one run directory; by another `name`, one of something else that is done there."""

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self.path = folder / name
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process has it."""
        return self._file is not None

    def take(self) -> None:
        """Hold it until `free` or the end of the process. Raises `RunError` where another process does."""
        if self._file is not None:
            return
        try:
            # A link may lead to any file, which would then be overwritten.
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            problem = f"{self.path.name} is a link" if self.path.is_symlink() else error.strerror
            raise RunError(f"{self.path.parent}: cannot be written: {problem}") from error
        try:
            _wait_for(file)
        except (BlockingIOError, PermissionError):
            os.close(file)
            raise RunError(f"{self.path.parent} is in use{self._owner()}. Wait for it, or stop it") from None
        except OSError as error:  # this file system has no locks
            os.close(file)
            raise RunError(f"{self.path}: cannot be locked: {error.strerror}") from error
        self._file = file
        _OWN.add(_number(os.fstat(file)))
        now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        owner = {"process": os.getpid(), "host": socket.gethostname(), "since": now}
        with suppress(OSError):  # the lock holds, though a full disk has no room for the name of its owner
            os.ftruncate(file, 0)
            os.write(file, json.dumps(owner).encode())

    def is_taken(self) -> bool:
        """Whether a process has it, which may be this one; False where that cannot be seen. Nothing is written."""
        try:
            if _number(os.stat(self.path)) in _OWN:
                return True
            file = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return False
        try:
            _lock(file, shared=True)
        except (BlockingIOError, PermissionError):
            return True
        except OSError:  # this file system has no locks
            return False
        finally:
            os.close(file)
        return False

    def free(self) -> None:
        """Release it."""
        if self._file is not None:
            _OWN.discard(_number(os.fstat(self._file)))
            os.close(self._file)
            self._file = None

    def _owner(self) -> str:
        try:
            owner: dict[str, Any] = read_json(self.path, 1 << 16)
            return f" by process {owner['process']} on {owner['host']} since {owner['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _number(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _wait_for(file: int) -> None:
    """Take the lock, after a moment if it is taken now. Raises `OSError`."""
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            _lock(file)
            return
        except (BlockingIOError, PermissionError):
            if time.monotonic() > until:
                raise
            time.sleep(_PATIENCE / 10)


def _lock(file: int, *, shared: bool = False) -> None:
    if has_locks():
        import fcntl

        fcntl.lockf(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def has_locks() -> bool:
    """Whether this system has record locks: Windows has none of POSIX's."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True
