"""A file that has been read, so that hashing and decoding it take one reading."""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.errors import DataError
from ftcli.system.paths import no_such_path

LARGEST = 2_000_000_000  # bytes of one image or sound


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file, and what messages call it."""

    name: str
    content: bytes = field(repr=False)


def read_content(path: Path | str) -> FileContent:
    """Read a file. Raises `DataError` for one that is missing or cannot be read."""
    try:
        with open(path, "rb", buffering=0, opener=regular) as file:
            size = os.fstat(file.fileno()).st_size
            if size > LARGEST:
                raise DataError(f"{path} has {size:,} bytes; at most {LARGEST:,} are read of one file")
            return FileContent(str(path), file.readall())
    except FileNotFoundError:
        raise DataError(no_such_path(Path(path))) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def regular(path: str, flags: int) -> int:
    """An opener for `open`. Raises `OSError` for a pipe or a device, which might never end, or never begin."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    raise OSError(errno.EINVAL, "it is a pipe or a device, and a file is wanted", path)
