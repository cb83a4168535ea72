"""CSV, TSV and other delimited text. One streaming scan; rows are then read by their byte offset."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.data.formats.dialect import ESCAPE, Dialect
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.records import Lines, Records, stamp
from ftcli.data.sources.rows import ColumnRows, RecordRows
from ftcli.data.sources.scan import Scan, needed_columns
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, shortened


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited text file. Without `header`, its first line names the columns; `skip` lines come before that.

    `notes` say what was found out about its format.
    """

    path: Path
    format: Dialect
    header: tuple[str, ...] | None = None
    root: Path | None = None
    skip: int = 0
    notes: tuple[str, ...] = ()
    what: str = field(default="a delimited table", init=False)
    holds: None = field(default=None, init=False)

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files) | {"columns", "delimiter", "quoting", "escape"}

    def columns(self) -> tuple[str, ...]:
        """The names of the columns. Raises `DataError` for an empty file."""
        return tuple(name for name in self.layout() if name)

    def layout(self) -> tuple[str, ...]:
        """The name of each cell of a row; "" for a column that has neither a name nor content.

        A column with content alone is called by its number, from 1.
        """
        if self.header is not None:
            return self.header
        names = tuple(name.strip() for name in next((cells for _, cells in self._scan()), ()))
        if not names:
            raise DataError(f"{self.path} is empty")
        if "" not in names:
            return names
        filled = _filled(self, stamp(self.path))
        return tuple(
            name or (f"column_{number}" if number in filled else "") for number, name in enumerate(names, 1)
        )

    def open(self, roles: Roles, reading: Reading) -> Opened:
        layout, offsets = self.layout(), array("q")
        needed = needed_columns(roles, reading)
        self._check_names(layout, needed)
        places = _LinePlaces(self.path)
        scan = Scan(self.name, roles, reading, self._root(), places, width=len(layout))
        width = 1 + max(layout.index(column) for column in needed)
        short = 0
        for start, cells in self._scan(places, skip_header=self.header is None):
            offsets.append(start)
            if not any(map(str.strip, cells)) and len(layout) > 1:
                scan.leave_out()
                continue
            if len(cells) != len(layout):
                short += self._is_short(cells, layout, width, places)
            if cells[-1] in layout and _are_names(cells, layout):
                scan.leave_out("with the names of the columns again")
            else:
                scan.row(dict(zip(layout, cells, strict=False)), places.line)
        offsets.append(places.end)
        more = (f"{self.name}: {short:,} rows leave out unused columns at their end",) if short else ()
        notes = (*self.notes, *more)
        return scan.opened(TableRows(Records(self.path, offsets), self, layout, roles), notes)

    def sample(self) -> Iterator[dict[str, Any]]:
        """The rows as they come, whatever their width, with the columns that have a name."""
        layout = self.layout()
        for _, cells in self._scan(skip_header=self.header is None):
            yield {name: cell for name, cell in zip(layout, cells, strict=False) if name}

    def cells(self, text: str) -> list[str]:
        """The cells of one record."""
        return next(self.format.rows([text]))

    def _root(self) -> Path:
        return self.root or self.path.parent

    def _check_names(self, layout: tuple[str, ...], needed: tuple[str, ...]) -> None:
        if twice := [name for name in needed if layout.count(name) > 1]:
            raise DataError(f"{self.path}: more than one column is called {shortened(map(repr, twice))}")

    def _scan(
        self, places: _LinePlaces | None = None, *, skip_header: bool = False
    ) -> Iterator[tuple[int, list[str]]]:
        """The first byte and the cells of each row that is not a blank line."""
        places = places or _LinePlaces(self.path)
        with Lines(self.path) as lines:
            for _ in range(self.skip):
                next(lines, None)
            rows = self.format.rows(lines)
            while True:
                start, places.line = lines.end, lines.line + 1
                try:
                    cells = next(rows, None)
                except csv.Error as error:
                    raise DataError(self._malformed(places.line, error)) from None
                places.end = lines.end
                if cells is None:
                    return
                if cells and skip_header:
                    skip_header = False
                elif cells:
                    yield start, cells

    def _malformed(self, line: int, error: csv.Error) -> str:
        hint = ""
        if self.format.quoting and self.format.escape is None and self._has_escape(line):
            hint = f". If a backslash stands before quotes that belong to a value, write escape: '{ESCAPE}'"
        elif self.format.quoting:
            hint = ". If quotes are ordinary characters in this file, write quoting: false"
        return f"{self.path}:{line}: this row cannot be split into columns: {error}{hint}"

    def _has_escape(self, number: int) -> bool:
        with Lines(self.path) as lines:
            return any(lines.line >= number and f'{ESCAPE}"' in line for line in lines)

    def _is_short(self, cells: list[str], layout: tuple[str, ...], needed: int, places: _LinePlaces) -> bool:
        """Whether a row of another width leaves out columns at its end that nobody asked for.

        Raises `DataError` for one that lacks others, or has cells with content beyond the last column.
        """
        if needed <= len(cells) < len(layout):
            return True
        if len(cells) > len(layout) and not any(map(str.strip, cells[len(layout) :])):
            return False
        named = "columns names" if self.header else "the first line has"
        more = len(cells) > len(layout) and not self.format.quoting
        hint = (
            ". A separator inside a text needs quotes around the text" if self.format.quoting or more else ""
        )
        escaped = len(cells) > len(layout) and any(cell.endswith(ESCAPE) for cell in cells[:-1])
        if escaped and self.format.escape is None:
            where = "a backslash stands before separators that belong to a value"
            hint = f". If {where}, write quoting: false and escape: '{ESCAPE}'"
        raise DataError(
            f"{places(places.line)}: this row has {len(cells)} columns, where {named} {len(layout)}{hint}"
        )


def _are_names(cells: Sequence[str], layout: Sequence[str]) -> bool:
    """Whether a row is the names of the columns again, as where tables were put together."""
    return len(cells) > 1 and [cell.strip("\ufeff ") for cell in cells] == list(layout[: len(cells)])


@lru_cache(maxsize=8)
def _filled(table: Table, stamp: tuple[int, int]) -> frozenset[int]:
    """The numbers, from 1, of the columns in which any row has content."""
    found: set[int] = set()
    for _, cells in table._scan(skip_header=True):
        found.update(number for number, cell in enumerate(cells, 1) if cell and not cell.isspace())
    return frozenset(found)


class _LinePlaces:
    """Names a line in messages, and follows the scan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.line = 1
        self.end = 0

    def __call__(self, line: int) -> str:
        return f"{self.path}:{line}"


@dataclass(frozen=True, slots=True)
class TableRows(RecordRows, ColumnRows):
    """The rows of a delimited file."""

    records: Records
    table: Table
    layout: tuple[str, ...]
    roles: Roles

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def root(self) -> Path:
        return self.table.root or self.table.path.parent

    def cells(self, index: int) -> Mapping[str, Any]:
        """The cells of one row, by the names of their columns."""
        cells = self.table.cells(self.records.read(index))
        return dict(zip(self.layout, cells, strict=False))
