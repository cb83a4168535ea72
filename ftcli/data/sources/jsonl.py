"""JSON Lines: one object a line. One streaming scan; rows are then read by their byte offset."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A file of JSON objects. The keys of the first one are its columns."""

    path: Path
    root: Path
    what: str = "a JSON Lines file"
    holds: None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files)

    def columns(self) -> tuple[str, ...]:
        for *_, cells in self._scan():
            return tuple(cells)
        raise DataError(f"{self.path} is empty")

    def open(self, roles: Roles, reading: Reading) -> Opened:
        offsets, end = array("q"), 0
        scan = Scan(self.name, roles, reading, self.root, self._place)
        wanted = needed_columns(roles, reading)
        for line, start, after, cells in self._scan():
            for column in wanted:
                if column not in cells:
                    raise DataError(f"{self._place(line)}: no key {column!r}; it has: {shortened(cells)}")
            scan.row(cells, line)
            offsets.append(start)
            end = after
        offsets.append(end)
        return scan.opened(JsonRows(Records(self.path, offsets), self, roles))

    def sample(self) -> Iterator[dict[str, Any]]:
        """The objects as they come, whatever their keys."""
        return (cells for *_, cells in self._scan())

    def _scan(self) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
        """The line, the first byte, the byte after the last and the content of each line that is not blank."""
        with Lines(self.path) as lines:
            start = 0
            for text in lines:
                if text.strip():
                    yield lines.line, start, lines.end, self._parse(text, lines.line)
                start = lines.end

    def _parse(self, text: str, line: int) -> dict[str, Any]:
        try:
            found = json.loads(text, object_pairs_hook=_unique)
            if "\\ud" in text.lower():  # a pair of these is one character, one alone is not
                json.dumps(found, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            raise DataError(
                f"{self._place(line)}: {half} is half a character: text that was cut off?"
            ) from None
        except (ValueError, RecursionError) as error:
            hint = ""
            if line == 1 and text.lstrip().startswith(("[", "{")):
                hint = ". JSON Lines has one whole object on each line, not a document over many"
            raise DataError(f"{self._place(line)}: not JSON: {error}{hint}") from None
        if not isinstance(found, dict):
            kind = type(found).__name__
            raise DataError(f"{self._place(line)}: a JSON {kind}, where an object with named keys is wanted")
        return found

    def _place(self, line: int) -> str:
        return f"{self.path}:{line}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises `ValueError` for a key that is given twice, of which one would be lost."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} is given twice")
    return found


@dataclass(frozen=True, slots=True)
class JsonRows(RecordRows, ColumnRows):
    """The rows of a JSON Lines file."""

    records: Records
    source: JsonLines
    roles: Roles

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def root(self) -> Path:
        return self.source.root

    def cells(self, index: int) -> Mapping[str, Any]:
        """The object of one line."""
        found: Mapping[str, Any] = json.loads(self.records.read(index))
        return found
