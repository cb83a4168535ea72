"""Rows as a delimited table, and cells in which a spreadsheet evaluates nothing."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from ftcli.contracts.outcomes import joined

Row = Mapping[str, Any]


def cell(value: Any) -> Any:
    """A value as a cell of a delimited table: a list is joined by |, and None is empty."""
    if value is None:
        return ""
    return joined(value) if isinstance(value, list | tuple) else value


# Texts that a spreadsheet evaluates: "=1+1", "@SUM(...)"; after a sign only calls of functions and programs
# ("-2+cmd|' /C calc'!A0"), as numbers and dialogue ("- Yes.") begin with one, too.
_FORMULA = re.compile(r"\s*[=@]|\s*[+-].*[|(]", re.DOTALL)


def inert(value: Any) -> Any:
    """A cell as it is; a text that a spreadsheet would evaluate as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def inert_row(row: Row) -> dict[str, Any]:
    """The cells of a row, and their names, of which a spreadsheet evaluates none."""
    return {inert(key): inert(cell(value)) for key, value in row.items()}


def write_csv(file: TextIO, rows: Iterable[Row], delimiter: str = ",") -> None:
    """A line of names, then the rows; all rows have the columns of the first. Texts are as they are."""
    writer = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(_Lines(file), list(row), delimiter=delimiter, lineterminator="\r\n")
            writer.writeheader()
        writer.writerow({key: cell(value) for key, value in row.items()})


def write_lines(file: TextIO, lines: Iterable[Sequence[Any]]) -> None:
    """Lines of cells, separated by commas."""
    csv.writer(_Lines(file), lineterminator="\r\n").writerows(lines)


class _Lines:
    """Ends lines in "\\n". Of a writer that does so itself, a "\\r" in a cell is not quoted, and begins a line."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        return self._file.write(line.removesuffix("\r\n") + "\n")
