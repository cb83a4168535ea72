"""Whether a path holds tagged words, so that `ftcli init PATH` can write its configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts.modalities import ColumnNames
from ftcli.contracts.tag_schemes import OUTSIDE, scheme_of
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.lists import parted, words_of
from ftcli.data.discovery.csv_dialect import detect_dialect
from ftcli.data.formats.dialect import DELIMITERS
from ftcli.data.sources.conll import Conll, files_of_splits, tagged_file
from ftcli.data.sources.jsonl import JsonObjects
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.records import ending
from ftcli.data.sources.table import Table
from ftcli.data.sources.tables import JSON_LINES, PARQUET
from ftcli.data.targets.tags import are_tagged
from ftcli.errors import DataError

TAGS = KINDS["tags"]
TABLES = (".csv", ".tab")  # never words in columns
FIRST_ROWS = 20
LOOKED_AT = 5000  # lines of a file whose ending is not enough


def tagged_data(path: Path) -> dict[str, Any] | None:
    """The keys of `data` for a file or folder of tagged words; None for anything else."""
    folder = path if path.is_dir() else path.parent
    files = files_of_splits(folder)
    splits = {split: folder / names[0] for split, names in files.items() if len(names) == 1}
    if path.is_dir():
        known = "train" in splits and len(splits) == len(files)
        keys = tagged_columns(splits["train"]) if known else None
        return None if keys is None else {"source": str(path), **keys}
    keys = tagged_columns(path)
    beside = splits if splits.get("train") == path else {"train": path}
    return None if keys is None else {split: str(file) for split, file in beside.items()} | keys


def tagged_columns(path: Path) -> dict[str, Any] | None:
    """The keys that say which columns a file has; None if it has no tagged words."""
    found = ending(path)
    if found in JSON_LINES or found in PARQUET:
        source = Parquet(path, path.parent) if found in PARQUET else JsonObjects(path, path.parent)
        try:
            rows = list(islice(source.sample(), FIRST_ROWS))
        except DataError:  # a document of another kind
            return None
        return _sentences(rows) or _words_in_rows(rows[0] if rows else {})
    if found in DELIMITERS and (keys := _table_of_words(path)) is not None:
        return keys
    return {} if found in TAGS.table_endings or (found not in TABLES and _in_columns(path)) else None


def _sentences(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The columns with the words and the tags of sentences, of which rows have the same number.

    They are lists, perhaps as text, or texts with spaces; the latter need tags that look so, in each row.
    """
    row = rows[0] if rows else {}
    lists = {name: items for name, cell in row.items() if (items := words_of(cell)) is not None}
    words, tags = _column(lists, TAGS.text_columns), _column(lists, TAGS.columns)
    if words is not None and tags is not None and len(lists[words]) == len(lists[tags]):
        return {"text": words, "label": tags}
    words, tags = _column(row, TAGS.text_columns), _column(row, TAGS.columns)
    if words is None or tags is None or not all(are_tagged(one.get(words), one.get(tags)) for one in rows):
        return None
    found = {str(tag) for one in rows for tag in words_of(one[tags]) or parted(one[tags])}
    return {"text": words, "label": tags} if OUTSIDE in found or scheme_of(found).spans else None


def _words_in_rows(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The columns with the number of the sentence, the word and its tag."""
    cells = [name for name, cell in row.items() if not isinstance(cell, list | Mapping)]
    groups = (TAGS.group_columns, TAGS.text_columns[:1], TAGS.columns)
    sentence, word, tag = (_column(cells, names) for names in groups)
    if sentence is None or word is None or tag is None:
        return None
    return {"sentence": sentence, "text": word, "label": tag}


def _table_of_words(path: Path) -> dict[str, Any] | None:
    """The keys for a delimited file whose columns are called like those of words and tags: of one each, or of lists."""
    try:
        dialect = detect_dialect(path)
    except DataError:
        return None
    keys = _words_in_rows(dict.fromkeys(dialect.header or ()))
    if keys is None and dialect.header is not None:
        keys = _sentences(list(islice(Table(path, dialect.format).sample(), FIRST_ROWS)))
    if keys is not None and dialect.format.delimiter != DELIMITERS[ending(path)]:
        keys["delimiter"] = dialect.format.delimiter
    if keys is not None and not dialect.format.quoting:
        keys["quoting"] = False
    return keys


def _column(names: Iterable[str], groups: ColumnNames) -> str | None:
    return next((name for group in groups for name in names if name.strip().lower() in group), None)


def _in_columns(path: Path) -> bool:
    """Whether lines of the same width stand in blocks, and the last column has "O" and other tags, or marks."""
    try:
        opener = tagged_file(path, Data(), Places().under("data", DataError), "source")
        if not isinstance(opener, Conll):
            return False
        width = len(opener.columns())
        sentences = list(islice(opener.sentences(width), LOOKED_AT // 10))
    except DataError:
        return False
    rows = [cells for _, sentence in sentences for _, cells in sentence]
    tags = {cells[-1] for cells in rows}
    return (
        len(sentences) > 1 < width
        and {len(cells) for cells in rows} == {width}
        and (OUTSIDE in tags != {OUTSIDE} or scheme_of(tags).spans)
    )
