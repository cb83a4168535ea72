"""Examples to predict: files and texts from the command line, or the rows of a table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Modality, PathLike, TargetKind
from ftcli.contracts.target_kinds import wanted_kind
from ftcli.data import standard_input
from ftcli.data.arguments import check_once, media_files, table_among, texts
from ftcli.data.sources.base import Opened, Opener, Rows, fields_of
from ftcli.data.sources.columns import Roles, Search, for_table
from ftcli.data.sources.folder import Unread
from ftcli.data.sources.parallel_text import Parallel, both
from ftcli.data.sources.records import ending
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.sources.tables import TABLES
from ftcli.data.sources.tables import table as open_table
from ftcli.data.splitting.classes import class_names
from ftcli.data.splitting.selection import Asked, usable
from ftcli.data.splitting.speakers import NamedTexts
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import TEXT_FILES, Media, media_of, read_text
from ftcli.registry import part
from ftcli.system.paths import no_such_path


@dataclass(frozen=True, slots=True)
class GivenFiles(NumberedRows):
    """Images or sounds, by their paths."""

    items: tuple[str, ...]
    modality: Modality
    name: str = "command line"

    def __len__(self) -> int:
        return len(self.items)

    def id(self, index: int) -> str:
        return self.items[index]

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {self.modality.name: Path(self.items[index])}

    def place(self, index: int) -> str:
        return self.items[index]


@dataclass(frozen=True, slots=True)
class GivenTexts(NumberedRows):
    """GivenTexts, and paths of files that hold one each."""

    items: tuple[str | Path, ...]
    name: str = "command line"

    def __len__(self) -> int:
        return len(self.items)

    def id(self, index: int) -> str:
        return str(self.items[index])

    def inputs(self, index: int) -> Mapping[str, Any]:
        item = self.items[index]
        return {"text": read_text(item) if isinstance(item, Path) else item}

    def place(self, index: int) -> str:
        return self.id(index)


def open_unlabelled(
    inputs: Inputs,
    arguments: Sequence[PathLike],
    table: PathLike | None,
    data: Data,
    wants: str = "category",
) -> Asked:
    """What to predict: the rows of a `table`, or what `arguments` are: files, folders, patterns, texts, "-", one table.

    The id of an example is its path or text, or its row number from 1. Raises `DataError` for what does not
    exist, and for broken files, unless `data.bad_files` is skip.
    """
    kind, given = wanted_kind(wants), [str(one) for one in arguments]
    in_files = any(one.in_files for one in inputs)
    if table is not None and given:
        raise DataError("give either files or a table with --input, not both")
    path = str(table) if table is not None else table_among(given, kind, data, in_files=in_files)
    if path is not None:
        return _rows(inputs, path, data, kind)
    if not given:
        raise DataError("nothing to predict: give files, or a table with --input")
    opened = _given(given, inputs, data)
    return usable(replace(opened, rows=_by_name(opened.rows, kind, data)), data)


def _given(arguments: Sequence[str], inputs: Inputs, data: Data) -> Opened:
    """Files, or texts."""
    check_once(arguments)
    if len(inputs) > 1:
        kinds = " and ".join(one.plural for one in inputs)
        raise DataError(f"this model reads {kinds}: give them in a table, with --input")
    if inputs[0].in_files:
        media, unread = media_of(inputs[0]), Unread()
        files = media_files(arguments, media, unread.hidden, missing=data.bad_files == "skip")
        notes = tuple(unread.hidden_notes("to predict", media))
        return _opened(GivenFiles(tuple(files), inputs[0]), files, media, notes)
    if data.text_pair is not None:
        raise DataError("this model reads pairs of texts: give them in a table, with --input")
    items = tuple(texts(arguments))
    held = [str(item) if isinstance(item, Path) else b"" for item in items]
    return _opened(GivenTexts(items), held, TEXT_FILES)


def _opened(rows: Rows, files: Sequence[str | bytes], media: Media, notes: tuple[str, ...] = ()) -> Opened:
    """The rows, whose files are checked."""
    broken = BrokenFiles("to predict", media)
    for file in files:
        if isinstance(file, bytes) or os.path.lexists(file):
            broken.add(file)
        else:
            broken.missing(no_such_path(Path(file)))
    return Opened(rows, Unlabelled(len(rows)), notes, broken=broken)


def _by_name(rows: Rows, kind: TargetKind, data: Data) -> Rows:
    """The rows, of which texts 0, 1, ... that are to be spoken are read as in training."""
    if kind.said is None or kind.said == kind.role:
        return rows
    names = class_names(data, Places().under("data", DataError))
    return rows if names is None else NamedTexts(rows, kind.said, names)


def _rows(inputs: Inputs, table: str, data: Data, kind: TargetKind) -> Asked:
    if table == standard_input.MARK:
        path, folder = standard_input.table(), os.curdir
    elif kind.line_files and (lines := _lines(table, data)) is not None:
        return _selected(lines, Roles(), kind, data)
    elif os.path.isfile(table):
        path, folder = Path(table), None
    else:
        raise DataError(f"--input: {no_such_path(Path(table))}")
    # The table to predict may lie in another folder than the training data, and need not have the label among
    # `columns`; files are found beside the table where the configured root is gone.
    places = Places().under("data", DataError)
    root = data.root if data.root is not None and Path(data.root).expanduser().is_dir() else folder
    data = replace(data, root=root)
    opener: Opener | None = None
    if kind.table_opener is not None:
        opener = part(kind.table_opener)(path, data, places, "--input")
    if opener is None:
        data = _named_by_itself(path, data, places)
        opener = open_table(path, data, places, "--input")
    columns, fields = opener.columns() or (), fields_of(opener)
    search = Search(for_table(data, (*columns, *fields)), opener.name, columns, places, fields)
    roles, _ = search.roles(inputs, kind, labelled=False)
    return _selected(opener, roles, kind, data)


def _selected(opener: Opener, roles: Roles, kind: TargetKind, data: Data) -> Asked:
    opened = opener.open(roles, Reading(kind, labelled=False))
    return usable(replace(opened, rows=_by_name(opened.rows, kind, data)), data)


def _lines(table: str, data: Data) -> Parallel | None:
    """A file with a text on each line, where the model has learned from such files; or the first of two."""
    path = Path(table)
    if (files := both(table)) is not None:
        path = files[0]
    elif both(data.train or data.source or "") is None or ending(path) in set(TABLES) - {".txt"}:
        return None
    return Parallel(path, None, str(path)) if os.path.isfile(path) else None


def _named_by_itself(path: Path, data: Data, places: Places) -> Data:
    """Without `columns` for a table whose first line has one of those names: it names its columns itself."""
    if data.columns is None:
        return data
    bare = replace(data, columns=None)
    try:
        first = open_table(path, bare, places, "--input").columns() or ()
    except DataError:  # the same cell twice: no line of names
        return data
    return bare if set(first) & set(data.columns) else data
