"""Labels in several columns of 0 and 1: the names of the columns that have 1."""

from __future__ import annotations

from ftcli.data.formats.fields import is_empty

_MARKS = {"0": False, "1": True, "false": False, "true": True}


class Indicators(dict[str, object]):
    """The cells of one row by their columns, each of which stands for a class."""

    def empty(self) -> list[str]:
        """The columns without a cell."""
        return [column for column, cell in self.items() if is_empty(cell)]


def indicated(cells: Indicators) -> tuple[str, ...]:
    """The columns whose cell is 1 or true. Raises `ValueError`, with words, for one that is not 0 or empty."""
    found = []
    for column, cell in cells.items():
        mark = mark_of(cell)
        if mark is None and not is_empty(cell):
            raise ValueError(f"column {column!r} is {cell!r}: 0 or 1 is wanted, as each column is a class")
        found += [column] if mark else []
    return tuple(found)


def mark_of(cell: object) -> bool | None:
    """Whether a cell is 1 or true; None where it is neither that nor 0 or false."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return _MARKS.get(str(cell).strip().lower().removesuffix(".0"))
