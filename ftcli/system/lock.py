"""One writer for a run directory, by a lock that the system releases when its process ends, however it ends.

A record lock of POSIX: a fork does not inherit it, so that no process that reads data keeps a dead run locked. It does
not hold between machines on every network file system. A system without such locks has one writer only by agreement:
`capabilities.lacking` says so.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ftcli.errors import RunError

NAME = ".ftcli-lock"


class Lock:
    """The lock of one run directory."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
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
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError as error:
            raise RunError(f"{self.path.parent}: cannot be written: {error.strerror}") from error
        try:
            _lock(file)
        except (BlockingIOError, PermissionError):
            os.close(file)
            raise RunError(f"{self.path.parent} is in use{self._owner()}. Wait for it, or stop it") from None
        except OSError as error:  # this file system has no locks
            os.close(file)
            raise RunError(f"{self.path}: cannot be locked: {error.strerror}") from error
        self._file = file
        now = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        owner = {"process": os.getpid(), "host": socket.gethostname(), "since": now}
        with suppress(OSError):  # the lock holds, though a full disk has no room for the name of its owner
            os.ftruncate(file, 0)
            os.write(file, json.dumps(owner).encode())

    def free(self) -> None:
        """Release it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _owner(self) -> str:
        try:
            owner: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            return f" by process {owner['process']} on {owner['host']} since {owner['since']}"
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _lock(file: int) -> None:
    if has_locks():
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def has_locks() -> bool:
    """Whether this system has record locks: Windows has none of POSIX's."""
    try:
        import fcntl  # noqa: F401
    except ImportError:
        return False
    return True
