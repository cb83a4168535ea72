"""Tables by the endings of their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.lists import listed
from ftcli.data.formats.dialect import DELIMITERS, ESCAPE, Dialect, Sample, fitting, is_escaped
from ftcli.data.names.split_names import splits_among
from ftcli.data.sources.base import Opener, Several
from ftcli.data.sources.jsonl import JsonObjects, lists_in
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.records import Lines, ending
from ftcli.data.sources.table import Table
from ftcli.data.targets.tags import are_tagged
from ftcli.errors import DataError, listing
from ftcli.system.paths import no_such_path

JSON_LINES = (".jsonl", ".ndjson", ".json")
PARQUET = (".parquet", ".pq")
TABLES = (*DELIMITERS, *JSON_LINES, *PARQUET)
_TAGS = KINDS["tags"]
_LOOKED_AT = 20  # rows of a table that may have words in columns, without a line of names
SURE = 0.9  # the share of rows with the same number of columns, for a separator that nobody named


def table(path: Path, data: Data, places: Places, key: str) -> Opener:
    """A table, in the format of its ending."""
    root = root_of(data, places)
    found = ending(path)
    if found in JSON_LINES:
        return JsonObjects(path, root or path.parent)
    if found in PARQUET:
        return Parquet(path, root or path.parent, named=data.class_names is None)
    if found not in DELIMITERS:
        raise places.error(
            key, f"{path}: files that end in {found or path.name!r} are not read: {listing(TABLES)} are"
        )
    delimiter = delimiter_of(data.delimiter, places)
    return _delimited(
        path, Dialect(delimiter or DELIMITERS[found], data.quoting, _escape(data, places)), data, root
    )


def tables_in(path: Path, data: Data, places: Places) -> Several | None:
    """The splits that a JSON file has as lists under their names; None for another file."""
    if ending(path) not in JSON_LINES or not (lists := lists_in(path)):
        return None
    usual = splits_among(lists)
    others = tuple(name for name in lists if name not in usual.values())
    root = root_of(data, places) or path.parent
    return Several(str(path), usual, lambda name: JsonObjects(path, root, name), others) if usual else None


def _delimited(path: Path, form: Dialect, data: Data, root: Path | None) -> Table:
    """A delimited table. What the configuration leaves out of its format is found in its first lines."""
    with Lines(path) as lines:
        sample = Sample.of(lines)
    notes = []
    if data.delimiter is None and sample.separator is not None:
        form = replace(form, delimiter=sample.separator)
    elif (
        data.delimiter is None and (mark := _separator(sample, form, len(data.columns or (1, 2)))) is not None
    ):
        form = replace(form, delimiter=mark)
        notes.append(f"{path}: {mark!r} separates its columns (data.delimiter)")
    if data.quoting and data.escape is None and is_escaped(sample, form.delimiter):
        form = replace(form, escape=ESCAPE)
        notes.append(
            f"{path}: {ESCAPE} stands before {sample.escapes():,} quotes within values (data.escape)"
        )
    return Table(path, form, data.columns, root, sample.skip, tuple(notes))


def _separator(sample: Sample, form: Dialect, least: int) -> str | None:
    """Another separator than that of the ending, where that gives the first row one column, and so does no other."""
    first = next(iter(sample.lines), "")
    if least < 2 or form.delimiter in first:
        return None
    found, share, _ = fitting(sample, form.delimiter)
    return found.delimiter if share >= SURE and found.delimiter != form.delimiter else None


def column_called(columns: Iterable[str], given: str | None, known: Iterable[str]) -> str | None:
    """The column that is `given`, or else called as such columns usually are."""
    names = {column.strip().lower(): column for column in columns}
    if given is not None:
        return given if given in names.values() else None
    return next((names[name] for name in known if name in names), None)


def has_sentences(path: Path, data: Data, places: Places, key: str) -> bool:
    """Whether a delimited file has the words of a sentence in one cell: as a list that is written as text, or with
    spaces between them, beside a cell with as many tags."""
    opener = table(path, data, places, key)
    assert isinstance(opener, Table)
    try:
        rows = list(islice(opener.sample(), _LOOKED_AT))
    except DataError:  # words in columns may have no line of names
        return False
    cells = rows[0].values() if rows else ()
    if any("'" in cell or '"' in cell for cell in cells if listed(cell) is not None):
        return True
    given = None if isinstance(data.label, tuple) else data.label
    text = column_called(rows[0] if rows else (), data.text, chain(*_TAGS.text_columns))
    tags = column_called(rows[0] if rows else (), given, chain(*_TAGS.columns))
    if text is None or tags is None:
        return False
    return any(" " in str(row.get(text)) and are_tagged(row.get(text), row.get(tags)) for row in rows)


def delimiter_of(text: str | None, places: Places) -> str | None:
    """What separates columns, as it is written in a configuration. Raises `DataError` for what is not a character."""
    if text in ("\\t", "tab"):
        return "\t"
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise places.error("delimiter", f'is {text!r}: one character is wanted, such as "," or "\\t"')
    return text


def _escape(data: Data, places: Places) -> str | None:
    """`data.escape`. Raises `DataError` for what is not a character, or has another meaning."""
    text = data.escape
    if text is not None and (len(text) != 1 or text.isspace() or text in ('"', data.delimiter)):
        raise places.error("escape", f"is {text!r}: one character is wanted, such as '{ESCAPE}'")
    return text


def root_of(data: Data, places: Places) -> Path | None:
    """`data.root` as a folder. Raises `DataError` for one that does not exist."""
    root = Path(data.root).expanduser() if data.root is not None else None
    if root is not None and not root.is_dir():
        raise places.error("root", no_such_path(root))
    return root
