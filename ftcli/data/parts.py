"""Several tables as one, whose rows follow one another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np

from ftcli.contracts import Modality
from ftcli.data.changed_rows import RowsOver
from ftcli.data.sources.base import Opened, Opener, Rows, fields_of
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.rows import NumberedRows, SomeRows
from ftcli.data.targets.columns import joined
from ftcli.data.targets.reading import Reading
from ftcli.media.broken_files import BrokenFiles


@dataclass(frozen=True, slots=True)
class Parts:
    """Tables with the same columns; `notes` are on the whole. Columns that not all of them have are not read."""

    name: str
    openers: tuple[Opener, ...]
    notes: tuple[str, ...] = ()
    what: str = "a table in parts"
    holds: None = None

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"subset"}).union(*(one.reads(files) for one in self.openers))

    def columns(self) -> tuple[str, ...]:
        return self._in_all([one.columns() or () for one in self.openers])

    def fields(self) -> tuple[str, ...]:
        """The dotted names of what lies within the columns."""
        return self._in_all([fields_of(one) for one in self.openers])

    def _in_all(self, names: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
        others = [set(one) for one in names[1:]]
        return tuple(name for name in names[0] if all(name in one for one in others))

    def open(self, roles: Roles, reading: Reading) -> Opened:
        parts = [one.open(roles, reading) for one in self.openers]
        if len(parts) == 1:
            return replace(parts[0], notes=(*self.notes, *parts[0].notes))
        count = f"{self.name}: {len(parts):,} files, one after another"
        return Opened(
            JoinedRows(self.name, [part.rows for part in parts]),
            joined([part.labels for part in parts]),
            (*self.notes, count, *self._notes(parts)),
            {one: np.concatenate([part.chosen[one] for part in parts]) for one in reading.conditions},
            BrokenFiles.joined([part.broken for part in parts if part.broken is not None]),
            tuple(problem for part in parts for problem in part.skipped),
        )

    def _notes(self, parts: Sequence[Opened]) -> Iterator[str]:
        """The notes on the tables; one that is on all of them once."""
        words = [[note.removeprefix(f"{part.rows.name}: ") for note in part.notes] for part in parts]
        of_all = [one for one in words[0] if all(one in others for others in words[1:])]
        yield from (f"{self.name}, in each file: {one}" for one in of_all)
        for part, own in zip(parts, words, strict=True):
            yield from (note for note, one in zip(part.notes, own, strict=True) if one not in of_all)


class JoinedRows:
    """The rows of several tables, known by their numbers among all, or by the table and their id in it."""

    def __init__(self, name: str, parts: Sequence[Rows]) -> None:
        self.name = name
        self._parts = list(parts)
        self._ends = list(accumulate(map(len, parts)))
        tables = list(map(_table, parts))
        self._before = [0, *accumulate(map(len, tables))]
        # Else ids are those of sentences.
        self._numbered = all(isinstance(one, NumberedRows) for one in tables)

    def __len__(self) -> int:
        return self._ends[-1]

    def id(self, index: int) -> str:
        part, position = self._find(index)
        found = self._parts[part].id(position)
        if self._numbered:
            return str(self._before[part] + int(found))
        return f"{self._parts[part].name}: {found}"

    def inputs(self, index: int) -> Mapping[str, Any]:
        part, position = self._find(index)
        return self._parts[part].inputs(position)

    def attributes(self, index: int) -> Mapping[str, Any]:
        part, position = self._find(index)
        return self._parts[part].attributes(position)

    def place(self, index: int) -> str:
        part, position = self._find(index)
        return self._parts[part].place(position)

    def _find(self, index: int) -> tuple[int, int]:
        """The part that a row lies in, and its position there."""
        part = bisect_right(self._ends, index)
        return part, index - (self._ends[part - 1] if part else 0)


def _table(rows: Rows) -> Rows:
    """All rows of a table, with those that are not examples."""
    while isinstance(rows, SomeRows | RowsOver):
        rows = rows.rows
    return rows
