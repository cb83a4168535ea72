"""The rows of a table, and the table that a folder is, as `ftcli init` looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.discovery.csv_dialect import DetectedDialect, detect_dialect
from ftcli.data.formats.dialect import DELIMITERS
from ftcli.data.formats.fields import flattened
from ftcli.data.names.split_names import splits_among
from ftcli.data.parts import Parts
from ftcli.data.sources.base import Opener
from ftcli.data.sources.folder import entries, split_files
from ftcli.data.sources.jsonl import JsonObjects, lists_in
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.records import ending
from ftcli.data.sources.table import Table
from ftcli.data.sources.tables import JSON_LINES, PARQUET, TABLES, table
from ftcli.data.table_folders import hub_folder, table_in_parts
from ftcli.errors import DataError

FIRST = 100  # rows whose fields are the columns
Rows = Callable[[], Iterator[Mapping[str, Any]]]


def table_rows(path: Path) -> tuple[Rows, DetectedDialect | None, tuple[str, ...]]:
    """A function that gives the rows as mappings, the format of a delimited file, and the names of the columns.

    What lies within cells has columns of its own. Raises `DataError` for an empty file.
    """
    if ending(path) in DELIMITERS:
        dialect = detect_dialect(path)
        numbered = tuple(f"column_{index + 1}" for index in range(dialect.width))
        header = numbered if dialect.header is None else None
        delimited = Table(path, dialect.format, header, skip=dialect.skip)
        return delimited.sample, dialect, delimited.columns()

    def rows() -> Iterator[Mapping[str, Any]]:
        packed = ending(path) in PARQUET
        source = Parquet(path, path.parent) if packed else JsonObjects(path, path.parent, train_list(path))
        return map(flattened, source.sample())

    names = dict.fromkeys(name for row in islice(rows(), FIRST) for name in row)
    if not names:
        raise DataError(f"{path} is empty")
    return rows, None, tuple(names)


def column_names(path: Path) -> tuple[str, ...]:
    """The names of the columns of a table that has a line with them, which may be one."""
    return _opener(path).columns() or ()


def train_list(path: Path) -> str | None:
    """The key of the training split in a JSON file that has the splits as lists."""
    return splits_among(lists_in(path)).get("train") if ending(path) in JSON_LINES else None


def first_part(path: Path) -> Path | None:
    """The first file for training in a folder as it is on the hub, or in one that is a table in parts."""
    hub = hub_folder(path, None, _opener)
    found = table_in_parts(path, _opener) if hub is None else hub.split(hub.usual["train"])
    return Path(found.openers[0].name) if isinstance(found, Parts) else None


def _opener(path: Path) -> Opener:
    return table(path, Data(), Places().under("data", DataError), "source")


def tables_in(folder: Path) -> list[Path]:
    """The tables in a folder, and files of tagged words."""
    known = {*TABLES, *KINDS["tags"].table_endings} - {".txt"}
    return [folder / name for name in entries(folder)[1] if ending(Path(name)) in known]


def siblings(path: Path) -> dict[str, str]:
    """The validation and test tables beside a table that is called train."""
    splits = split_files(path.parent, TABLES)
    if splits.get("train") != path.name:
        return {}
    return {split: str(path.parent / name) for split, name in splits.items() if split != "train"}
