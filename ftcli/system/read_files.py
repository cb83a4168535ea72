"""Which files were read: every reader of data or of weights notes the file, and `recorded` collects them.

So a run knows what it was made from, also what only a reader finds: lists of a split, annotations, names of classes.
Images and sounds are not noted: examples name them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_RECORD: ContextVar[dict[Path, None] | None] = ContextVar("read_files", default=None)


@contextmanager
def recorded() -> Iterator[dict[Path, None]]:
    """The files that are read within, each once, in the order of their first reading; keys of a dictionary."""
    found: dict[Path, None] = {}
    token = _RECORD.set(found)
    try:
        yield found
    finally:
        _RECORD.reset(token)


def note_read(path: Path) -> None:
    """A file is read; of use only within `recorded`."""
    record = _RECORD.get()
    if record is not None:
        record.setdefault(path.absolute())
