"""Files that anybody may have written: only a regular file is read, and none that is larger than its limit.

A pipe would wait for a writer, and a device may never end.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

# Of JSON in which a run describes itself.
LARGEST = 1 << 30


class UnreadableError(ValueError):
    """Why a file is not read, in words that begin with its name."""


@contextmanager
def opened(path: Path, limit: int | None = None, *, follow: bool = False) -> Iterator[BinaryIO]:
    """A regular file of at most `limit` bytes; with `follow` also by a link.

    Raises `FileNotFoundError`, and `UnreadableError` for any other.
    """
    kept_here = 0 if follow else getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, os.O_RDONLY | kept_here | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise
    except OSError as error:
        problem = "is a link, which is not followed" if path.is_symlink() else f"{error.strerror}"
        raise UnreadableError(f"{path.name}: {problem}") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise UnreadableError(f"{path.name}: is not a file")
    with os.fdopen(descriptor, "rb") as file:
        if limit is not None and status.st_size > limit:
            megabytes = f"{status.st_size / 1e6:,.0f} MB, more than the {limit / 1e6:,.0f} MB"
            raise UnreadableError(f"{path.name}: {megabytes} that are read")
        yield file


def read_bytes(path: Path, limit: int, *, follow: bool = False) -> bytes:
    """The content of a file. Raises as `opened`."""
    with opened(path, limit, follow=follow) as file:
        return file.read(limit)


def read_json(path: Path, limit: int = LARGEST) -> Any:
    """A JSON document, also by a link. Raises as `opened`, and what `json.loads` does."""
    return json.loads(read_bytes(path, limit, follow=True))
