"""Files that cannot be decoded: collected over a split, so that one error names them all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ftcli.errors import DataError, counted
from ftcli.media.formats import Media

SHOWN = 50  # how many broken files a message names; beyond that, a file has them all
FEW = 5  # where no file is complete, the cause is something else


class BrokenFiles:
    """Collects all files that cannot be decoded. `where` completes "1 of the 9 images ..." in a message."""

    def __init__(self, where: str, media: Media) -> None:
        self._where, self._media = where, media
        self._files = 0
        self.found: dict[int, str] = {}  # row to what is wrong with it
        self.hint = ""  # what may be wrong with all of them

    @classmethod
    def joined(cls, parts: Sequence[BrokenFiles]) -> BrokenFiles | None:
        """Those of several tables, one after another."""
        if not parts:
            return None
        whole = cls(parts[0]._where, parts[0]._media)
        for part in parts:
            whole.found.update((whole._files + row, problem) for row, problem in part.found.items())
            whole._files += part._files
            whole.hint = whole.hint or part.hint
        return whole

    def __len__(self) -> int:
        return len(self.found)

    def add(self, file: str | os.PathLike[str] | bytes, place: str = "") -> bool:
        """Check the file of the next row, or its bytes; say whether it is usable.

        `place` says where the data names it.
        """
        self._files += 1
        return self._check(self._files - 1, file, place)

    def instead(self, row: int, file: str, place: str) -> None:
        """The file of a row that was `missing` is this one."""
        del self.found[row]
        self._check(row, file, place)

    def _check(self, row: int, file: str | os.PathLike[str] | bytes, place: str) -> bool:
        if self._media.looks_complete(file):
            return True
        try:
            _check_kind(file)
            self._media.decode(file)
        except DataError as error:
            self.found[row] = f"{place}: {error}" if place else str(error)
        return row not in self.found

    def missing(self, problem: str) -> None:
        """The next row has no file."""
        self._files += 1
        self.found[self._files - 1] = problem

    def also(self, row: int, problem: str) -> None:
        """Something else of a row whose file was checked is broken, such as its mask."""
        self.found.setdefault(row, problem)

    def rows(self) -> NDArray[np.int64]:
        """The rows that cannot be used."""
        return np.fromiter(self.found, np.int64, len(self.found))

    def words(self) -> str:
        """Such as "3 of the 200 images in photos"."""
        return f"{len(self):,} of the {counted(self._files, self._media.noun)} {self._where}"

    def usable(self) -> bool:
        """Whether anything is left without them."""
        return len(self) < self._files

    def problem(self) -> str:
        """What an error says of them."""
        lines = list(self.found.values())
        if len(lines) == 1:
            return f"{self.words()} cannot be used: {lines[0]}{self.hint}"
        most = SHOWN if self.usable() else FEW
        shown = some_lines(lines, most, written=self.usable())
        return "\n".join([f"{self.words()} cannot be used{self.hint}:", *shown])

    def check(self) -> None:
        """Raise `DataError` if any file was broken."""
        check_all([self])


def check_all(broken: Sequence[BrokenFiles], hint: str = "") -> None:
    """Raise one `DataError` for the broken files of all splits. `hint` is another way than replacing them."""
    if problems := [one.problem() for one in broken if len(one)]:
        ending = ("\n" if "\n" in problems[-1] else ". ") + f"Replace or remove them{hint}"
        raise DataError("\n".join(problems) + ending)


def some_lines(lines: Sequence[str], most: int, *, written: bool) -> list[str]:
    """The first of many lines, for a message; all of them are in a file if they are to be `written`."""
    shown = [f"  {line}" for line in lines[:most]]
    if len(lines) > most:
        where = f"; all of them are in {_written(lines)}" if written else ""
        shown.append(f"  and {len(lines) - most:,} more{where}")
    return shown


def _check_kind(file: str | os.PathLike[str] | bytes) -> None:
    """Raise `DataError` for what has the name of a file and is not one."""
    if isinstance(file, bytes):
        return
    if os.path.islink(file) and not os.path.exists(file):
        raise DataError(f"{os.fspath(file)} is a link to a file that does not exist")
    if os.path.isdir(file):
        raise DataError(f"{os.fspath(file)} is a folder")


def _written(lines: Sequence[str]) -> str:
    """A file for a list that no screen holds: nothing may be written beside the data or in a run."""
    descriptor, path = tempfile.mkstemp(prefix="ftcli-bad-files-", suffix=".txt")
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(f"{line}\n" for line in lines)
    return path
