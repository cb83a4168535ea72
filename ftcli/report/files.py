"""Files of a run that anybody may have written: none is followed elsewhere, and none larger than its limit is read."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from ftcli.system.durable import UNREADABLE


class UnreadableError(Exception):
    """Why a file cannot be shown, in words that begin with its name."""


@contextmanager
def opened(path: Path, limit: int | None = None) -> Iterator[BinaryIO]:
    """A regular file of at most `limit` bytes. Raises `FileNotFoundError`, and `UnreadableError` for any other."""
    try:
        # A pipe would wait for a writer.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
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


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a file. Raises as `opened`."""
    with opened(path, limit) as file:
        return file.read(limit)


def read_text(path: Path, limit: int) -> str:
    """A text; what is not UTF-8 becomes escapes. Raises as `opened`."""
    return read_bytes(path, limit).decode("utf-8", errors="backslashreplace")


def read_json(path: Path, limit: int) -> dict[str, Any]:
    """A JSON object. Raises as `opened`."""
    content = read_bytes(path, limit)
    try:
        document = json.loads(content)
    except UNREADABLE as error:
        raise UnreadableError(f"{path.name}: damaged, not JSON ({error})") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{path.name}: not a JSON object")
    return document
