"""CSV, TSV and other delimited text. One streaming scan; rows are then read by their byte offset."""

from __future__ import annotations

import csv
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.records import Lines, Records
from ftcli.data.sources.rows import ColumnRows, RecordRows
from ftcli.data.sources.scan import Scan, needed_columns
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, shortened

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a line becomes cells."""

    delimiter: str = ","
    quoting: bool = True

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The rows of `lines`. With quoting, a quote that is out of place is an error and not guessed at."""
        csv.field_size_limit(sys.maxsize)
        if self.quoting:
            return csv.reader(lines, delimiter=self.delimiter, strict=True)
        return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE)


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited text file. Without `header`, its first line names the columns."""

    path: Path
    format: Dialect
    header: tuple[str, ...] | None = None
    root: Path | None = None
    what: str = "a delimited table"
    holds: None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files) | {"columns", "delimiter", "quoting"}

    def columns(self) -> tuple[str, ...]:
        """The names of the columns. Raises `DataError` for an empty file or names that are given twice."""
        names = self.header or tuple(next((cells for _, cells in self._scan()), ()))
        names = names if self.header else tuple(name.strip() for name in names)
        if not names:
            raise DataError(f"{self.path} is empty")
        if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
            raise DataError(f"{self.path}: more than one column is called {shortened(map(repr, twice))}")
        return names

    def open(self, roles: Roles, reading: Reading) -> Opened:
        columns, offsets = self.columns(), array("q")
        places = _LinePlaces(self.path)
        scan = Scan(self.name, roles, reading, self._root(), places)
        needed = 1 + max(columns.index(column) for column in needed_columns(roles, reading))
        short = 0
        for start, cells in self._scan(places, skip_header=self.header is None):
            if len(cells) != len(columns):
                self._check_width(cells, columns, needed, places)
                short += 1
            scan.row(dict(zip(columns, cells, strict=False)), places.line)
            offsets.append(start)
        offsets.append(places.end)
        notes = (f"{self.name}: {short:,} rows leave out unused columns at their end",) if short else ()
        return scan.opened(TableRows(Records(self.path, offsets), self, columns, roles), notes)

    def sample(self) -> Iterator[dict[str, Any]]:
        """The rows as they come, whatever their width."""
        columns = self.columns()
        for _, cells in self._scan(skip_header=self.header is None):
            yield dict(zip(columns, cells, strict=False))

    def cells(self, text: str) -> list[str]:
        """The cells of one record."""
        return next(self.format.rows([text]))

    def _root(self) -> Path:
        return self.root or self.path.parent

    def _scan(
        self, places: _LinePlaces | None = None, *, skip_header: bool = False
    ) -> Iterator[tuple[int, list[str]]]:
        """The first byte and the cells of each row that is not blank."""
        places = places or _LinePlaces(self.path)
        with Lines(self.path) as lines:
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
        if self.format.quoting:
            hint = ". If quotes are ordinary characters in this file, write quoting: false"
        return f"{self.path}:{line}: this row cannot be split into columns: {error}{hint}"

    def _check_width(
        self, cells: list[str], columns: tuple[str, ...], needed: int, places: _LinePlaces
    ) -> None:
        """Raise, unless the row only leaves out named columns at its end that no one asked for."""
        if self.header is not None and needed <= len(cells) < len(columns):
            return
        named = "columns names" if self.header else "the first line has"
        more = len(cells) > len(columns) and not self.format.quoting
        hint = (
            ". A separator inside a text needs quotes around the text" if self.format.quoting or more else ""
        )
        raise DataError(
            f"{places(places.line)}: this row has {len(cells)} columns, where {named} {len(columns)}{hint}"
        )


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
    columns: tuple[str, ...]
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
        return dict(zip(self.columns, cells, strict=False))
