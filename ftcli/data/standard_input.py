"""What another program hands over by standard input, for which an argument of `-` stands: lines, or a table."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
from pathlib import Path
from typing import BinaryIO

from ftcli.data.sources.records import Lines
from ftcli.errors import DataError
from ftcli.system.temporary import remove, temporary

MARK = "-"
NAME = "standard input"


def is_terminal() -> bool:
    """Whether it is a terminal, so that reading would wait for typing."""
    return sys.stdin is not None and sys.stdin.isatty()


def paths() -> list[str]:
    """Its lines as paths, which need not be UTF-8."""
    return lines(errors="surrogateescape")


def lines(errors: str = "strict") -> list[str]:
    """Its lines, without their ends; empty ones, too. Raises `DataError` for none, and for what is not UTF-8.

    `errors` is as `bytes.decode` has it.
    """
    try:
        with Lines(Path(NAME), _stream(), errors) as found:
            texts = [line.rstrip("\r\n") for line in found]
    except OSError as error:
        raise DataError(f"{NAME} cannot be read: {error}") from None
    if not texts:
        raise DataError(f"{NAME} is empty: there is nothing to predict")
    return texts


def table() -> Path:
    """A copy of the table on it, as long as this process lives: rows are read by their place in a file.

    JSON where it begins with a brace or a bracket, otherwise CSV. Raises `DataError` without room for the copy.
    """
    stream = _stream()
    try:
        start = stream.read(1 << 16)
        copy = temporary(NAME, f"-standard-input.{'json' if start.lstrip()[:1] in (b'{', b'[') else 'csv'}")
        atexit.register(remove, copy, os.getpid())
        with open(copy, "wb") as file:
            file.write(start)
            shutil.copyfileobj(stream, file)
    except OSError as error:
        words = f"{NAME} cannot be copied to a temporary file: {error}"
        raise DataError(f"{words}; set TMPDIR to a folder with room") from None
    return Path(copy)


def _stream() -> BinaryIO:
    if sys.stdin is None:
        raise DataError(f"{MARK} stands for {NAME}, which is closed")
    return sys.stdin.buffer
