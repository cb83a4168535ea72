"""Fields within fields, by dotted names: `translation.en` is the field en of the column translation."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

Path = tuple[str, ...]  # a column, and the keys within it

DEEPEST = 8  # how many fields within fields are named in messages
MOST = 1000


def path_of(name: str, columns: Collection[str]) -> Path:
    """Where a name leads: a column of this very name, else the longest one that it begins with, and keys."""
    if name in columns:
        return (name,)
    head, rest = name, ""
    while "." in head:
        head, _, key = head.rpartition(".")
        rest = f"{key}.{rest}" if rest else key
        if head in columns:
            return (head, *rest.split("."))
    return (name,)


def inner_paths(names: Iterable[str], columns: Collection[str]) -> dict[str, Path]:
    """The paths of those names that lead into a column."""
    paths = {name: path_of(name, columns) for name in names}
    return {name: path for name, path in paths.items() if len(path) > 1}


def outer(names: Iterable[str], columns: Collection[str]) -> list[str]:
    """The columns that the names lead to, each once."""
    return list(dict.fromkeys(path_of(name, columns)[0] for name in names))


def with_fields(cells: Mapping[str, Any], paths: Mapping[str, Path]) -> Mapping[str, Any]:
    """The cells of a row, and the fields that `paths` lead to, by their names; without those that are not there."""
    if not paths:
        return cells
    found = dict(cells)
    for name, path in paths.items():
        try:
            found[name] = _field(cells, path)
        except KeyError:
            found.pop(name, None)
    return found


def _field(cells: Any, path: Path) -> Any:
    """The value that a path leads to; None within an empty cell and beyond the end of a list. Raises `KeyError`."""
    for key in path:
        if cells is None:
            return None
        if isinstance(cells, list | tuple):
            if not key.isdecimal():
                raise KeyError(key)
            cells = cells[int(key)] if int(key) < len(cells) else None
        elif isinstance(cells, Mapping):
            cells = cells[key]
        else:
            raise KeyError(key)
    return cells


def field_names(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The dotted names of what lies within the cells of some rows; of lists, what lies in their first item."""
    found: dict[str, None] = {}
    for row in rows:
        for column, cell in row.items():
            for name in _within(cell, column, DEEPEST):
                if len(found) == MOST:
                    return tuple(found)
                found[name] = None
    return tuple(found)


def _within(cell: Any, name: str, depth: int) -> Iterator[str]:
    if isinstance(cell, Mapping):
        items: Iterable[tuple[str, Any]] = cell.items()
    else:
        items = [("0", cell[0])] if isinstance(cell, list | tuple) and cell else ()
    for key, value in items if depth else ():
        yield f"{name}.{key}"
        yield from _within(value, f"{name}.{key}", depth - 1)


def flattened(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A row with what lies within its cells in place of them, by dotted names; but an image or a sound stays whole.

    A list of one object is that object, but for the only message of a chat.
    """
    found: dict[str, Any] = {}
    for key, cell in row.items():
        alone = cell[0] if isinstance(cell, list) and len(cell) == 1 else None
        if isinstance(alone, Mapping) and not alone.keys() & {"role", "from"}:
            found |= flattened({f"{key}.0": alone}, prefix)
        elif isinstance(cell, Mapping) and cell and not cell.keys() & {"bytes", "path", "array"}:
            found |= flattened(cell, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = cell
    return found


def is_field(name: str, fields: Collection[str]) -> bool:
    """Whether a dotted name is that of a field; any item of a list may be named where the first one is."""
    return name in fields or ".".join("0" if key.isdecimal() else key for key in name.split(".")) in fields


def hint(cell: object, column: str) -> str:
    """What to name in place of a column whose cells are not texts themselves."""
    if isinstance(cell, list | tuple) and cell and isinstance(cell[0], str):
        return f"; {column}.0 names the first of the list"
    if isinstance(cell, Mapping) and cell:
        return f"; name one of its fields: {', '.join(f'{column}.{key}' for key in list(cell)[:6])}"
    return ""


def is_empty(cell: object) -> bool:
    """Whether a cell has nothing in it; an empty list says that there are none, which is something."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    if cell is None or isinstance(cell, int):
        return cell is None
    if isinstance(cell, float):
        return math.isnan(cell)
    return isinstance(cell, Mapping) and all(map(is_empty, cell.values()))
