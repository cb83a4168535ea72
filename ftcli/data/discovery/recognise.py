"""What a path holds, so that `ftcli init PATH` can write its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.modalities import AUDIO, IMAGE, MODALITIES, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.named import NamePattern, columns_of
from ftcli.data.discovery.column_profile import Column, guess, profile_columns
from ftcli.data.discovery.csv_dialect import DetectedDialect, detect_dialect
from ftcli.data.discovery.named_files import name_files
from ftcli.data.discovery.named_sounds import names_pattern
from ftcli.data.discovery.tagged import tagged_data
from ftcli.data.discovery.text_pairs import parallel_data, writing_roles, writing_task
from ftcli.data.sources.base import Several
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import Unread, entries, split_files, split_folders
from ftcli.data.sources.jsonl import JsonLines
from ftcli.data.sources.parquet import Parquet
from ftcli.data.sources.plain_text import plain_texts, text_files
from ftcli.data.sources.records import Lines, ending
from ftcli.data.sources.table import DELIMITERS, Table
from ftcli.data.sources.tables import PARQUET, TABLES
from ftcli.data.splits import open_splits
from ftcli.errors import DataError
from ftcli.media.formats import media_of
from ftcli.registry import part
from ftcli.system.paths import no_such_path

LOOKED_AT = 100_000  # rows of a table
FILE_MODALITIES = tuple(one for one in MODALITIES.values() if one.in_files)
NAMES = ("labels.txt", "classes.txt", "class_names.txt", "label_names.txt")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised: `data` is the mapping to write, and opening it gave the counts."""

    modality: Modality
    kind: TargetKind
    data: Mapping[str, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)  # examples in train, val, test
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()  # what to look at before training
    chinese: bool = False  # whether the texts are
    task: str | None = None  # where modality and kind leave a choice


def recognise(path: Path) -> Recognised:
    """Recognise a folder of images or sounds, a table, tagged words, or a folder of those.

    Raises `DataError` for anything else.
    """
    if not path.exists():
        raise DataError(no_such_path(path))
    if (path.is_dir() or _names_boxes(path)) and (found := _annotated(path)) is not None:
        return found
    if (found := _by_its_lines(path)) is not None:
        return found
    return _folder(path) if path.is_dir() else _table(path, {"train": str(path), **_siblings(path)})


def _by_its_lines(path: Path) -> Recognised | None:
    """Tagged words, two files of lines, or prose; None for anything else."""
    if (tagged := tagged_data(path)) is not None:
        return _opened(TEXT, KINDS["tags"], tagged)
    if (lines := parallel_data(path)) is not None:
        return replace(_opened(TEXT, KINDS["text"], dict(lines)), task="translation")
    if _is_prose(path):
        data = {"train": str(path), **_siblings(path)} if path.is_file() else {"source": str(path)}
        return _opened(TEXT, KINDS["tokens"], data)
    return None


def _folder(path: Path) -> Recognised:
    """What a folder holds, or the only folder in it."""
    try:
        return _whole_folder(path)
    except DataError:
        folders, _ = entries(path)
        if len(folders) != 1:
            raise
        with suppress(DataError):
            return recognise(path / folders[0])
        raise


def _whole_folder(path: Path) -> Recognised:
    tables = {} if split_folders(path) or _names_boxes(path) else split_files(path, TABLES)
    if tables:
        return _table(path / tables["train"], {"source": str(path)})
    if (found := _named_sounds(path)) is not None:
        return found
    try:
        return _opened(_held(path), KINDS["single-label"], {"source": str(path)})
    except DataError:
        if (table := _only_table(path)) is None:
            raise
        return _table(table, {"train": str(table)})


def _only_table(folder: Path) -> Path | None:
    """The table beside the images or sounds of a folder, if there is one."""
    tables = [name for name in entries(folder)[1] if ending(Path(name)) in {*TABLES} - {".txt"}]
    return folder / tables[0] if len(tables) == 1 else None


def _named_sounds(path: Path) -> Recognised | None:
    """A folder of sounds whose names seem to tell their classes."""
    pattern = names_pattern(path)
    if pattern is None:
        return None
    found = _opened(AUDIO, KINDS["single-label"], {"source": str(path), "pattern": pattern})
    guessed = f"{pattern} is a guess of what file names tell: put label where it belongs"
    return replace(found, warnings=(*found.warnings, guessed))


def _is_prose(path: Path) -> bool:
    """Whether a file or folder holds plain texts, and not a table with that ending."""
    family = plain_texts(path, Data(), Places().under("data", DataError), "source")
    unread = Unread()
    if family is None or (path.is_dir() and len(list(text_files(path, "", unread))) <= unread.others.total()):
        return False
    if isinstance(family, Several):
        path = path / family.usual["train"]
    return path.is_dir() or not _is_ruled(path)


def _is_ruled(path: Path) -> bool:
    """Whether every line is parted in as many columns, by one mark."""
    with Lines(path) as lines:
        filled = [line for line in islice(lines, 1000) if line.strip()]
    counts = ({line.count(mark) for line in filled} for mark in "\t;|,")
    return any(len(found) == 1 and found != {0} for found in counts)


def _annotated(path: Path) -> Recognised | None:
    """Images whose targets are files, in any of the known formats; None for anything else.

    A mistake in boxes or masks that are there is a warning, as it is in a table.
    """
    data, mistakes = {"train" if path.suffix.lower() == ".json" else "source": str(path)}, []
    for kind in (one for one in KINDS.values() if one.dense):
        try:
            return _opened(IMAGE, kind, data)
        except DataError as error:
            mistakes.append((kind, str(error)))
    if _names_boxes(path):
        kind, mistake = mistakes[0]
        return Recognised(IMAGE, kind, data, warnings=(mistake,))
    there = [(kind, mistake) for kind, mistake in mistakes if path.is_dir() and _has_layout(kind, path)]
    return Recognised(IMAGE, there[-1][0], data, warnings=(there[-1][1],)) if there else None


def _has_layout(kind: TargetKind, path: Path) -> bool:
    """Whether a folder looks like one of targets of a kind, by the names of its folders and files."""
    try:
        return part(kind.opener or "")(path, Data(), Places().under("data", DataError), "source") is not None
    except DataError:
        return False


def _names_boxes(path: Path) -> bool:
    from ftcli.data.annotations.boxes import names_boxes  # imports Pillow, which texts do without

    return names_boxes(path)


def _held(folder: Path) -> Modality:
    """What the first file of a known kind below a folder is."""
    return next(_kinds(folder), IMAGE)


def _kinds(folder: Path) -> Iterator[Modality]:
    """Of each file in a folder and below that is of a known kind."""
    folders, files = entries(folder)
    for name, modality in product(files, FILE_MODALITIES):
        if media_of(modality).named(name):
            yield modality
    for name in folders:
        if not (folder / name).is_symlink():
            yield from _kinds(folder / name)


def _siblings(path: Path) -> dict[str, str]:
    """The validation and test tables beside a table that is called train."""
    splits = split_files(path.parent, TABLES)
    if splits.get("train") != path.name:
        return {}
    return {split: str(path.parent / name) for split, name in splits.items() if split != "train"}


def _table(path: Path, data: dict[str, Any]) -> Recognised:
    if ending(path) not in TABLES:
        raise DataError(f"{path}: a folder of class folders or a table ({', '.join(TABLES)}) is wanted")
    rows, dialect = _reader(path)
    names = tuple(next(rows(), {})) if dialect is None else _names(dialect)
    columns = profile_columns(names, islice(rows(), LOOKED_AT))
    name_files(columns, path.parent)
    written = writing_roles(columns)
    roles = written or guess(columns, str(path))
    text, known = roles.text, roles.label
    data |= _named(roles, names, dialect, path)
    if written is not None:
        task, kind = writing_task(written)
        return replace(_opened(TEXT, kind, data), task=task)
    if roles.target is not None:
        return _opened(AUDIO, KINDS["transcript"], data)
    modality = TEXT if roles.text else AUDIO if roles.audio else IMAGE
    label = next((column for column in columns if column.name == known), None)
    kind, data = (KINDS["multi-label"], data) if label is None else _labels(label, path, data)
    found = _opened(modality, kind, data)
    texts = (column.values for column in columns if column.name == text)
    return replace(found, chinese=any(map(_mostly_chinese, texts)))


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


def _reader(path: Path) -> tuple[Any, DetectedDialect | None]:
    """A function that gives the rows as mappings, and the format of a delimited file."""
    if ending(path) in DELIMITERS:
        dialect = detect_dialect(path)
        table = Table(path, dialect.format, _names(dialect) if dialect.header is None else None)
        return table.sample, dialect
    return (Parquet if ending(path) in PARQUET else JsonLines)(path, path.parent).sample, None


def _names(dialect: DetectedDialect) -> tuple[str, ...]:
    return dialect.header or tuple(f"column_{index + 1}" for index in range(dialect.width))


def _format(dialect: DetectedDialect, path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if dialect.format.delimiter != DELIMITERS[ending(path)]:
        found["delimiter"] = dialect.format.delimiter
    if not dialect.format.quoting:
        found["quoting"] = False
    return found


def _labels(label: Column, path: Path, data: dict[str, Any]) -> tuple[TargetKind, dict[str, Any]]:
    """What the labels are, and the keys for it."""
    if not label.is_listed and label.is_quantity:
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


def _opened(modality: Modality, kind: TargetKind, data: dict[str, Any]) -> Recognised:
    """Open what was recognised. A mistake in the data is a warning: the configuration is still the right one."""
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
    }
    try:
        splits = open_splits(Data(**given), inputs=(modality,), wants=kind.wanted, seed=0, places={})
    except DataError as error:
        if modality.in_files and "label" not in data:  # not a folder of class folders
            raise
        return Recognised(modality, kind, data, warnings=(str(error),))
    parts = {"train": splits.train, "val": splits.val, "test": splits.test}
    sizes = {name: len(part) for name, part in parts.items() if part is not None}
    decided = {key: value for key, (value, _) in splits.decided.items()}
    return Recognised(modality, kind, data | decided, sizes, splits.target.classes, splits.notes)
