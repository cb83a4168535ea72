"""A file that has been read, so that hashing and decoding it take one reading."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ftcli.data.places import check_readable, no_such_path
from ftcli.errors import DataError


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of a file, and what messages call it."""

    name: str
    content: bytes = field(repr=False)


def read_content(path: Path | str) -> FileContent:
    """Read a file. Raises `DataError` for one that is missing or cannot be read."""
    check_readable(path)
    try:
        return FileContent(str(path), Path(path).read_bytes())
    except FileNotFoundError:
        raise DataError(no_such_path(Path(path))) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
