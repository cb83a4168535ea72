"""Labels as 0 and 1 for each class, in columns or in the places of a list: which have 1."""

from __future__ import annotations

from collections.abc import Sequence

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


def are_marked(lists: Sequence[Sequence[str]]) -> bool:
    """Whether all lists are of the same length, and hold nothing but 0 and 1: places that stand for classes."""
    sizes = {len(one) for one in lists}
    return len(sizes) == 1 < max(sizes) and all(mark_of(item) is not None for one in lists for item in one)


def places_of_1(items: Sequence[str]) -> tuple[str, ...]:
    """The places, from 0, that have 1."""
    return tuple(str(place) for place, item in enumerate(items) if mark_of(item))
