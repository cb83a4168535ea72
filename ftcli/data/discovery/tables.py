"""What the columns of a table are, so that `ftcli init PATH` can write its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ftcli.contracts import TargetKind
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.named import NamePattern, columns_of
from ftcli.data.discovery.asked import NOTHING, Asked
from ftcli.data.discovery.column_profile import Column, profile_columns
from ftcli.data.discovery.column_roles import guess, named_column, written_roles
from ftcli.data.discovery.csv_dialect import DetectedDialect
from ftcli.data.discovery.named_files import name_files
from ftcli.data.discovery.recognised import Recognised, opened
from ftcli.data.discovery.table_rows import column_names, table_rows
from ftcli.data.discovery.text_pairs import writing_roles, writing_task
from ftcli.data.formats.dialect import DELIMITERS
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES
from ftcli.errors import DataError, listing

LOOKED_AT = 100_000  # rows of a table
NAMES = ("labels.txt", "classes.txt", "class_names.txt", "label_names.txt")


def recognised_table(path: Path, data: dict[str, Any], asked: Asked = NOTHING) -> Recognised:
    """A table, with the keys for its columns and its format added to `data`. Raises `DataError` for other files."""
    if ending(path) not in TABLES:
        raise DataError(f"{path}: a folder of class folders or a table ({', '.join(TABLES)}) is wanted")
    rows, dialect, names = table_rows(path)
    columns = profile_columns(names, islice(rows(), LOOKED_AT))
    name_files(columns, path.parent)
    if (root := _files_above(columns, path.parent)) is not None:
        data["root"] = str(root)
    written, kind, task = _written(columns, asked, str(path))
    guessed = None if written is not None else guess(columns, str(path), asked)
    roles = written or guessed.roles  # type: ignore[union-attr]
    headed = dialect is None or dialect.header is not None
    notes = tuple(_without_labels(data, roles)) if headed else ()
    data |= _named(roles, names, dialect, path)
    if kind is not None:
        found = replace(opened(asked.modality or TEXT, kind, data), task=task)
    elif roles.target is not None:
        found = opened(AUDIO, KINDS["transcript"], data)
    else:
        found = _labelled(path, data, columns, roles, asked)
    if guessed is not None and guessed.others:
        could = f"{listing(guessed.others)} could be it, too: --label COLUMN says which"
        notes = (*notes, f"{path}: column {roles.label!r} is learned; {could}")
    return replace(found, guesses=(*found.guesses, *notes))


def _written(
    columns: Sequence[Column], asked: Asked, name: str
) -> tuple[Roles | None, TargetKind | None, str | None]:
    """The roles, the kind and the task where something is written or spoken; nothing where labels are learned."""
    sounds = any(column.holds(AUDIO.name) for column in columns)
    kind = asked.kind
    if kind is None and asked.label is not None:
        kind = _written_kind(named_column(columns, asked.label, name), sounds)
        asked = replace(asked, modality=AUDIO if sounds else TEXT)
    if kind is None and asked.label is None:
        if sounds or (roles := writing_roles(columns)) is None:
            return None, None, None
        task, kind = writing_task(roles)
        return roles, kind, task
    if kind is None or kind.role == "label":
        return None, None, None
    usual = None if sounds or asked.label is not None else writing_roles(columns)
    if usual is not None and writing_task(usual)[1] is kind:
        return usual, kind, None
    return written_roles(columns, kind, asked, name), kind, None


def _written_kind(column: Column, sounds: bool) -> TargetKind | None:
    """What a column is that the user names: what is said or to be written, where it holds texts; None for labels."""
    if not column.is_text:
        return None
    return KINDS["transcript"] if sounds else KINDS["text"]


def _files_above(columns: Sequence[Column], folder: Path) -> Path | None:
    """The folder above that of a table, if the files that it names lie below that, and not beside the table."""
    lost = [
        one
        for one in columns
        if one.is_file and one.pattern is None and not (folder / min(one.values)).exists()
    ]
    name_files(lost, folder.parent)
    return folder.parent if any(one.pattern is not None for one in lost) else None


def _labelled(
    path: Path, data: dict[str, Any], columns: Sequence[Column], roles: Roles, asked: Asked
) -> Recognised:
    """A table of labels or numbers."""
    modality = TEXT if roles.text else AUDIO if roles.audio else IMAGE
    label = next((column for column in columns if column.name == roles.label), None)
    kind = KINDS["multi-label"]
    if label is not None and asked.kind is KINDS["number"]:
        kind = KINDS["number"]
    elif label is not None:
        kind, data = _labels(label, path, data, classes=asked.wants is not None)
    texts = (column.values for column in columns if column.name == roles.text)
    return replace(opened(modality, kind, data), chinese=any(map(_mostly_chinese, texts)))


def _without_labels(data: dict[str, Any], roles: Roles) -> Iterator[str]:
    """Leave out the test table beside the one for training if it has no column of labels, and say so."""
    wanted, test = roles.label or roles.target, data.get("test")
    if wanted is None or test is None:
        return
    columns = column_names(Path(test))
    if missing := [name for name in columns_of(wanted) if name not in columns]:
        del data["test"]
        yield f"{test}: no column {missing[0]!r}, so nothing is tested on it; `ftcli predict` takes it"


def _named(roles: Roles, names: Sequence[str], dialect: DetectedDialect | None, path: Path) -> dict[str, Any]:
    """The keys for the columns and the format; a table without a line of names gets those of the roles."""
    keys: dict[str, Any] = dict(roles.used())
    found: dict[str, Any] = {}
    if dialect is not None and dialect.header is None:
        renames = {named: role for role, named in keys.items()}
        for role, named in keys.items():
            if isinstance(named, NamePattern):
                (column,) = columns_of(named)
                renames[column], keys[role] = "id", named.replace(f"{{{column}}}", "{id}")
            elif not isinstance(named, tuple):
                keys[role] = role
        found["columns"] = [renames.get(name, name) for name in names]
    plain = {role: list(key) if isinstance(key, tuple) else str(key) for role, key in keys.items()}
    return found | plain | ({} if dialect is None else _format(dialect, path))


def _mostly_chinese(texts: set[str]) -> bool:
    """Whether most letters of the texts are Chinese characters, which an English tokenizer takes apart."""
    letters = [char for text in texts for char in text[:200] if char.isalpha()]
    return 2 * sum("\u4e00" <= char <= "\u9fff" for char in letters) > len(letters)


def _format(dialect: DetectedDialect, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if dialect.format.delimiter != DELIMITERS[ending(path)]:
        found["delimiter"] = dialect.format.delimiter
    if not dialect.format.quoting:
        found["quoting"] = False
    if dialect.format.escape is not None:
        found["escape"] = dialect.format.escape
    return found


def _labels(
    label: Column, path: Path, data: dict[str, Any], *, classes: bool
) -> tuple[TargetKind, dict[str, Any]]:
    """What the labels are, and the keys for it; with `classes` numbers are those of classes."""
    if not classes and not label.is_listed and label.is_quantity:
        return KINDS["number"], data
    separator = label.separator()
    if separator is not None:
        data["label_separator"] = separator
    values = label.values
    if separator is not None:
        values = {part.strip() for value in values for part in value.split(separator)}
    if all(value.isdecimal() for value in values) and (names := _class_names(path, len(values))):
        data["class_names"] = names
    return KINDS["multi-label" if label.is_listed or separator else "single-label"], data


def _class_names(path: Path, size: int) -> str | None:
    """A file beside the table with as many lines as there are classes."""
    for name in NAMES:
        file = path.parent / name
        if file.is_file() and len(file.read_bytes().splitlines()) == size:
            return str(file)
    return None
