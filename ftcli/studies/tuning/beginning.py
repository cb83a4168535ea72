"""What a process that was killed leaves of a study that had not begun: it is removed, and the study begins anew.

A study has begun when study.json is there, which is written last. Until then its folder holds a lock, which is taken
before anything else is written and removed after everything else, and nothing but what a beginning writes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from ftcli.system import durable
from ftcli.system.lock import NAME as LOCK

STUDY, START = "study.json", "start.yaml"
_WRITTEN = (LOCK, START, "bases", "trials")
# Files by which links are tried.
_TRIED = re.compile(r"\.[0-9a-f]{16}")


def is_left(folder: Path) -> bool:
    """Whether that is all that a folder holds."""
    names = {one.name for one in folder.iterdir() if not _is_temporary(one)} if folder.is_dir() else set()
    return LOCK in names and names <= set(_WRITTEN)


def clear(folder: Path) -> None:
    """Remove it, but for the lock, which this process has. Raises `OSError`."""
    if is_left(folder):
        for one in list(folder.iterdir()):
            if one.name != LOCK:
                durable.delete(one)


def remove(folder: Path) -> None:
    """Remove the folder of a study that has not begun, as far as that is possible; the lock last."""
    with suppress(OSError):
        for one in sorted(folder.iterdir(), key=lambda one: one.name == LOCK):
            durable.delete(one)
        folder.rmdir()


def _is_temporary(path: Path) -> bool:
    return durable.is_temporary(path) or _TRIED.fullmatch(path.name) is not None
