"""What a hostile file is: how it is made, what opens it, and fragments of the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

Make = Callable[[Path], object]  # makes the files, in a folder


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file, or a folder of files, that a stranger has made, and the command that opens it.

    It is refused in one sentence that names it, and that holds every fragment of `said`; with `harmless` it does what
    it was asked, and no more. `megabytes` is what the command may take.
    """

    name: str
    make: Make
    command: tuple[str, ...]
    said: tuple[str, ...] = ()
    harmless: bool = False
    megabytes: float = 200.0

    def __str__(self) -> str:
        return self.name


def each(cases: Sequence[Hostile]) -> pytest.MarkDecorator:
    """Runs a test for each of `cases`, as its argument `case`."""
    names = [case.name for case in cases]
    assert len(set(names)) == len(names)
    return pytest.mark.parametrize("case", cases, ids=names)
