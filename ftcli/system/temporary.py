"""Temporary files, which are removed with the process that made them."""

from __future__ import annotations

import os
import tempfile
import weakref
from pathlib import Path

from ftcli.errors import DataError


def temporary(name: str, suffix: str) -> str:
    """The path of an empty file for a copy of `name`. Raises `DataError` where none can be made."""
    try:
        handle, copy = tempfile.mkstemp(prefix="ftcli-", suffix=suffix)
    except OSError as error:
        raise DataError(
            f"{name}: no temporary file can be made ({error}); set TMPDIR to a folder with room"
        ) from None
    os.close(handle)
    return copy


def no_room(name: object, copy: str, error: OSError) -> DataError:
    """The error for a copy that cannot be written."""
    return DataError(f"{name} cannot be copied to {copy}: {error}; set TMPDIR to a folder with room")


def remove(copy: str, process: int) -> None:
    """Delete the file in the process that made it, not in a forked worker."""
    if process == os.getpid():
        Path(copy).unlink(missing_ok=True)


def remove_with(owner: object, copy: str) -> None:
    """Delete the file when `owner` is garbage-collected, at the latest when this process ends."""
    weakref.finalize(owner, remove, copy, os.getpid())
