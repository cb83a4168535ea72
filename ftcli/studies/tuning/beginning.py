"""What a process that was killed leaves of a study that had not begun: it is removed, and the study begins anew.

A study has begun when study.json is there, which is written last. Until then its folder holds a lock, which is taken
before anything else is written and removed after everything else, and nothing but what a beginning writes.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ftcli.studies.folder import is_free
from ftcli.system import durable
from ftcli.system.lock import NAME as LOCK

STUDY, START = "study.json", "start.yaml"
# What is there before study.json.
BEGINNING = (START, "trials", "bases")


def is_left(folder: Path) -> bool:
    """Whether that is all that a folder holds."""
    return (folder / LOCK).is_file() and is_free(folder, BEGINNING)


def remove(folder: Path) -> None:
    """Remove the folder of a study that has not begun, as far as that is possible; the lock last."""
    with suppress(OSError):
        for one in sorted(folder.iterdir(), key=lambda one: one.name == LOCK):
            durable.delete(one)
        folder.rmdir()
