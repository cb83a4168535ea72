"""Tables by the endings of their files."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.cells.lists import listed
from ftcli.data.sources.base import Opener
from ftcli.data.sources.jsonl import JsonLines
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.records import ending
from ftcli.data.sources.table import DELIMITERS, Dialect, Table
from ftcli.errors import DataError, listing
from ftcli.system.paths import no_such_path

JSON_LINES = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet", ".pq")
TABLES = (*DELIMITERS, *JSON_LINES, *PARQUET)


def table(path: Path, data: Data, places: Places, key: str) -> Opener:
    """A table, in the format of its ending."""
    root = root_of(data, places)
    found = ending(path)
    if found in JSON_LINES:
        return JsonLines(path, root or path.parent)
    if found in PARQUET:
        return Parquet(path, root or path.parent)
    if found not in DELIMITERS:
        raise places.error(
            key, f"{path}: files that end in {found or path.name!r} are not read: {listing(TABLES)} are"
        )
    delimiter = delimiter_of(data.delimiter, places) or DELIMITERS[found]
    return Table(path, Dialect(delimiter, data.quoting), data.columns, root)


def has_lists(path: Path, data: Data, places: Places, key: str) -> bool:
    """Whether a delimited file has the words of a sentence in one cell, as a list that is written as text."""
    opener = table(path, data, places, key)
    assert isinstance(opener, Table)
    try:
        cells = next(opener.sample(), {}).values()
    except DataError:  # words in columns may have no line of names
        return False
    return any("'" in cell or '"' in cell for cell in cells if listed(cell) is not None)


def delimiter_of(text: str | None, places: Places) -> str | None:
    """What separates columns, as it is written in a configuration. Raises `DataError` for what is not a character."""
    if text in ("\\t", "tab"):
        return "\t"
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise places.error("delimiter", f'is {text!r}: one character is wanted, such as "," or "\\t"')
    return text


def root_of(data: Data, places: Places) -> Path | None:
    """`data.root` as a folder. Raises `DataError` for one that does not exist."""
    root = Path(data.root).expanduser() if data.root is not None else None
    if root is not None and not root.is_dir():
        raise places.error("root", no_such_path(root))
    return root
