"""JSON: one object a line, or a list of objects. One streaming scan; rows are then read by their byte offset."""

from __future__ import annotations

import atexit
import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.data.formats.fields import Path as FieldPath
from ftcli.data.formats.fields import field_names, inner_paths, with_fields
from ftcli.data.formats.json_objects import (
    BadJsonError,
    Document,
    HalfCharacterError,
    Item,
    columns_of,
    first_value,
    is_cut,
    lists_of_objects,
    parse,
)
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.records import Lines, Records, ending, first_character, parts, stamp
from ftcli.data.sources.rows import ColumnRows, RecordRows
from ftcli.data.sources.scan import Scan, needed_columns
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, listing, shortened
from ftcli.system.paths import check_readable
from ftcli.system.temporary import no_room, remove, temporary

_LOOKED_AT = 100  # objects whose keys are the columns: some are left out where a value is missing


@dataclass(frozen=True, slots=True)
class JsonObjects:
    """A file of JSON objects, whose keys are its columns: one a line, or in a list."""

    path: Path
    root: Path
    what: str = "a JSON file"
    holds: None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files)

    def columns(self) -> tuple[str, ...]:
        found = [cells for *_, cells in islice(self._scan(), _LOOKED_AT)]
        if not found:
            raise DataError(f"{self.path} is empty")
        return tuple(dict.fromkeys(name for cells in found for name in cells))

    def fields(self) -> tuple[str, ...]:
        """The dotted names of what lies within the columns."""
        return field_names(cells for *_, cells in islice(self._scan(), _LOOKED_AT))

    def open(self, roles: Roles, reading: Reading) -> Opened:
        offsets, end = array("q"), 0
        columns, wanted = self.columns(), needed_columns(roles, reading)
        scan = Scan(self.name, roles, reading, self.root, self._place, width=len(columns))
        paths = inner_paths(wanted, columns)
        for line, start, after, found in self._scan():
            cells = with_fields(found, paths)
            offsets.append(start)
            absent = [column for column in wanted if column not in cells and column not in scan.optional]
            if absent and found:
                raise DataError(f"{self._place(line)}: no key {absent[0]!r}; it has: {shortened(found)}")
            scan.row(cells, line)
            end = after
        offsets.append(end)
        return scan.opened(JsonRows(Records(self._layout().path, offsets), self, roles, paths))

    def sample(self) -> Iterator[dict[str, Any]]:
        """The objects as they come, whatever their keys."""
        return (cells for *_, cells in self._scan())

    def _scan(self) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
        """The line, the first byte, the byte after the last and the content of each object."""
        layout = self._layout()
        for item in self._lines(layout.path) if layout.lines else _items(layout):
            if not isinstance(item.value, dict):
                kind = type(item.value).__name__
                raise DataError(
                    f"{self._place(item.line)}: a JSON {kind}, where an object with named keys is wanted"
                )
            yield item.line, item.start, item.end, item.value

    def _layout(self) -> _Layout:
        check_readable(self.path)
        return _layout(self.path, stamp(self.path))

    def _lines(self, path: Path) -> Iterator[Item]:
        with Lines(path) as lines:
            start = 0
            for text in lines:
                if text.strip():
                    yield Item(lines.line, start, lines.end, self._parse(text, lines.line))
                start = lines.end

    def _parse(self, text: str, line: int) -> Any:
        try:
            return parse(text)
        except HalfCharacterError as error:
            raise DataError(f"{self._place(line)}: {error}") from None
        except (ValueError, RecursionError) as error:
            raise DataError(f"{self._place(line)}: not JSON: {error}") from None

    def _place(self, line: int) -> str:
        return f"{self.path}:{line}"


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the objects are: in the lines of a file, or over any number of lines, in a list that may have a `key`."""

    path: Path
    lines: bool = False
    key: str | None = None


@lru_cache(maxsize=16)
def _layout(path: Path, stamp: tuple[int, int]) -> _Layout:
    """How the objects are written. Raises `DataError` for a document that is not a table."""
    if first_character(path) == "[":
        return _Layout(path)
    with Lines(path) as lines:
        filled = list(islice((line for line in lines if line.strip()), 2))
    alone = ending(path) == ".json" and len(filled) == 1
    if not filled or not filled[0].startswith("{") or not (alone or is_cut(filled[0])):
        return _Layout(path, lines=True)
    items = list(islice(_items(_Layout(path)), 2))
    if len(items) > 1 or not isinstance(items[0].value, dict):
        return _Layout(path)
    whole = items[0].value
    if columns := columns_of(whole):
        return _Layout(_written(path, columns), lines=True)
    lists = lists_of_objects(whole)
    if len(lists) > 1:
        raise DataError(
            f"{path}: one list of objects is wanted, with one for each row, and this object has several: "
            f"{listing(lists, 5)}. Write the one that is meant to a file of its own"
        )
    return _Layout(path, key=lists[0] if lists else None)


def _written(path: Path, columns: Mapping[str, Sequence[Any]]) -> Path:
    """A copy with an object on each line, as long as this process lives."""
    copy = temporary(str(path), ".jsonl")
    atexit.register(remove, copy, os.getpid())
    try:
        with open(copy, "w", encoding="utf-8") as file:
            for row in zip(*columns.values(), strict=True):
                file.write(json.dumps(dict(zip(columns, row, strict=True))) + "\n")
    except OSError as error:
        raise no_room(path, copy, error) from None
    return Path(copy)


def _items(layout: _Layout) -> Iterator[Item]:
    try:
        yield from Document(parts(layout.path)).items(layout.key)
    except BadJsonError as error:
        raise DataError(f"{layout.path}:{error.line}: {error}") from None


@dataclass(frozen=True, slots=True)
class JsonRows(RecordRows, ColumnRows):
    """The rows of a JSON file."""

    records: Records
    source: JsonObjects
    roles: Roles
    paths: Mapping[str, FieldPath]

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def root(self) -> Path:
        return self.source.root

    def cells(self, index: int) -> Mapping[str, Any]:
        """One object, with the fields that have a role."""
        return with_fields(first_value(self.records.read(index)), self.paths)
