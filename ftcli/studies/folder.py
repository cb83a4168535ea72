"""The folder of a study, as a disk that is full or only to be read refuses it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ftcli.errors import RunError

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
