"""The folder of a study: whether it is free, and how a disk that is full or only to be read refuses it."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from ftcli.errors import RunError
from ftcli.system import durable, lock

_REFUSED = frozenset(
    getattr(errno, name)
    for name in (
        "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST", "ENAMETOOLONG", "EIO",
    )
    if hasattr(errno, name)
)  # fmt: skip


@contextmanager
def kept_in(folder: Path) -> Iterator[None]:
    """Within, what the disk refuses is a `RunError`, which names the folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
        raise RunError(f"{folder}: cannot be written: {error.strerror}") from error


def is_free(folder: Path, beginning: Collection[str] = ()) -> bool:
    """Whether nothing is at this path, or a folder that is empty but for what a study leaves that is killed before
    anything is known: its lock, and files and folders of the names `beginning`."""
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        entry.name in (lock.NAME, *beginning) or durable.is_temporary(entry) for entry in folder.iterdir()
    )


def empty(folder: Path) -> None:
    """Remove all that is in a free folder but its lock, which this process holds."""
    for entry in list(folder.iterdir()):
        if entry.name != lock.NAME:
            durable.delete(entry)
