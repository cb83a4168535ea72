"""Labels in several columns of 0 and 1: the names of the columns that have 1."""

from __future__ import annotations

import math

_MARKS = {"0": False, "1": True, "false": False, "true": True}


class Indicators(dict[str, object]):
    """The cells of one row by their columns, each of which stands for a class."""


def indicated(cells: Indicators) -> tuple[str, ...]:
    """The columns whose cell is 1 or true. Raises `ValueError`, with words, for a cell that is neither that nor 0."""
    marks = {column: mark_of(cell) for column, cell in cells.items()}
    for column, mark in marks.items():
        if mark is None:
            found = "empty" if is_empty(cells[column]) else repr(cells[column])
            raise ValueError(f"column {column!r} is {found}: 0 or 1 is wanted, as each column is a class")
    return tuple(column for column, mark in marks.items() if mark)


def mark_of(cell: object) -> bool | None:
    """Whether a cell is 1 or true; None where it is neither that nor 0 or false."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return _MARKS.get(str(cell).strip().lower().removesuffix(".0"))


def is_empty(cell: object) -> bool:
    """Whether nothing is in a cell: None, NaN or blanks."""
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or not str(cell).strip()
