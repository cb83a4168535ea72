"""Classes that are numbers, whose names a file of Hugging Face's `datasets` has in its description."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ftcli.data.formats.fields import Path, with_fields
from ftcli.errors import DataError, listing

METADATA = b"huggingface"  # the key in the metadata of an Arrow schema


def features_of(metadata: Mapping[bytes, bytes] | None) -> Mapping[str, Any]:
    """The description of the columns; empty where there is none."""
    try:
        found = json.loads((metadata or {}).get(METADATA, b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def class_labels(features: Mapping[str, Any], path: Path) -> tuple[str, ...] | None:
    """The names of the classes of a column, or of a field within it; also of lists of classes. None if it has none."""
    node: Any = features
    for key in path:
        item = _item(node)
        if item is not None and (key.isdecimal() or key not in node):
            node = item  # a list of objects is described as one, and may be stored as an object of lists
        if not key.isdecimal():
            node = node.get(key) if isinstance(node, Mapping) else None
    while (inner := _item(node)) is not None:
        node = inner
    names = node.get("names") if isinstance(node, Mapping) and node.get("_type") == "ClassLabel" else None
    return tuple(map(str, names)) if isinstance(names, list) else None


@dataclass(frozen=True, slots=True)
class NamedCells:
    """The cells of rows as they are read: with the fields within them that have a role, and the label by its name."""

    paths: Mapping[str, Path]
    names: Sequence[str] | None
    label: str | None
    place: Callable[[int], str]

    def of(self, row: Mapping[str, Any], position: int) -> Mapping[str, Any]:
        """The cells of one row. Raises `DataError` for a class without a name."""
        found = with_fields(row, self.paths)
        if self.names is None or self.label is None:
            return found
        return {**found, self.label: named(found[self.label], self.names, self.place(position))}

    def notes(self, name: str) -> tuple[str, ...]:
        """What is said of the names."""
        if self.names is None:
            return ()
        first = listing((f"{number} is {one!r}" for number, one in enumerate(self.names)), 3)
        return (f"{name}: classes have the names that the data gives them: {first} (data.class_names)",)


def _item(node: Any) -> Any:
    """What the items of a list are; None for what is not a list."""
    if isinstance(node, list):
        return node[0] if node else None
    return node.get("feature") if isinstance(node, Mapping) and "_type" in node else None


def named(cell: Any, names: Sequence[str], place: str) -> Any:
    """A class by its name; of lists, each of their items. -1 marks a label that is kept secret, and is none.

    Raises `DataError` for a number without a name.
    """
    if isinstance(cell, list):
        return [named(one, names, place) for one in cell]
    if not isinstance(cell, int) or isinstance(cell, bool):
        return cell
    if cell >= len(names):
        raise DataError(f"{place}: class {cell}, and the file has names for 0..{len(names) - 1}")
    return names[cell] if cell >= 0 else None
