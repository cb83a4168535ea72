"""Examples to predict: files, texts from the command line, or the rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.config.schema import Data
from ftcli.contracts import Modality, PathLike, Split, Wants
from ftcli.data.classes import class_names
from ftcli.data.columns import Roles, Search, for_table
from ftcli.data.intact import Broken
from ftcli.data.labels import Reading, unlabelled
from ftcli.data.locate import TABLES
from ftcli.data.locate import table as open_table
from ftcli.data.media import MEDIA, Media
from ftcli.data.places import Places, no_such_path
from ftcli.data.selection import Selection
from ftcli.data.sources.base import Opener, Rows
from ftcli.data.sources.conll import untagged_file
from ftcli.data.sources.folder import files_among
from ftcli.data.sources.parallel import Parallel, both
from ftcli.data.sources.records import ending
from ftcli.data.spoken import SAID, NamedTexts
from ftcli.errors import DataError


@dataclass(frozen=True, slots=True)
class Files:
    """Images or sounds by their paths, or texts: a file is read, anything else is the text itself."""

    items: tuple[str, ...]
    modality: Modality
    name: str = "command line"

    def __len__(self) -> int:
        return len(self.items)

    def id(self, index: int) -> str:
        return self.items[index]

    def inputs(self, index: int) -> Mapping[str, Any]:
        item = self.items[index]
        if self.modality in MEDIA:
            return {self.modality: Path(item)}
        return {"text": _read(Path(item)) if _is_file(item) else item}

    def place(self, index: int) -> str:
        return self.items[index]


def open_unlabelled(
    modality: Modality, files: Sequence[PathLike], table: Path | None, data: Data, wants: Wants = "category"
) -> Split:
    """What to predict: `files` (images or sounds, folders of them, text files or texts) or the rows of a `table`.

    The id of an example is its path or text, or its row number from 1. Raises `DataError` for what does not
    exist, and for broken images and sounds.
    """
    if table is not None:
        if files:
            raise DataError("give either files or a table with --input, not both")
        return _rows(modality, table, data, wants)
    if media := MEDIA.get(modality):
        _check_exist([str(file) for file in files])
        items = tuple(files_among([Path(file) for file in files], media))
        _check_whole(items, media)
    else:
        if data.text_pair is not None:
            raise DataError("this model reads pairs of texts: give them in a table, with --input")
        items = tuple(map(str, files))
        _check_exist([item for item in items if _looks_like_file(item)])
    if not items:
        raise DataError("nothing to predict: give files, or a table with --input")
    rows = _by_name(Files(items, modality), wants, data)
    return Selection(rows, np.arange(len(rows)), unlabelled(len(rows)))


def _by_name(rows: Rows, wants: Wants, data: Data) -> Rows:
    """The rows, of which texts 0, 1, ... that are to be spoken are read as in training."""
    names = class_names(data, Places()) if wants == "speech" else None
    return rows if names is None else NamedTexts(rows, SAID[wants], names)


def _rows(modality: Modality, path: Path, data: Data, wants: Wants) -> Split:
    if wants == "text" and (lines := _lines(path, data)) is not None:
        return _selected(lines, Roles(), wants, data)
    if not path.is_file():
        raise DataError(f"--input: {no_such_path(path)}")
    # The table to predict may lie in another folder than the training data, and need not have the label among
    # `columns`; files are found beside the table where the configured root is gone.
    places = Places()
    root = data.root if data.root is not None and Path(data.root).expanduser().is_dir() else None
    data = replace(data, root=root)
    if wants == "tags" and path.suffix.lower() != ".csv":
        opener = untagged_file(path, data, places, "--input")
    else:
        data = _named_by_itself(path, data, places)
        opener = open_table(path, data, places, "--input")
    columns = opener.columns() or ()
    search = Search(for_table(data, columns), opener.name, columns, places)
    roles, _ = search.roles(modality, wants, labelled=False)
    return _selected(opener, roles, wants, data)


def _selected(opener: Opener, roles: Roles, wants: Wants, data: Data) -> Split:
    opened = opener.open(roles, Reading(None, words=wants == "tags")).whole()
    return Selection(_by_name(opened.rows, wants, data), np.arange(len(opened.labels)), opened.labels)


def _lines(path: Path, data: Data) -> Parallel | None:
    """A file with a text on each line, where the model has learned from such files; or the first of two."""
    if (files := both(str(path))) is not None:
        path = files[0]
    elif both(data.train or data.source or "") is None or ending(path) in set(TABLES) - {".txt"}:
        return None
    return Parallel(path, None, str(path)) if path.is_file() else None


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


def _check_exist(items: Sequence[str]) -> None:
    missing = [item for item in items if not Path(item).exists()]
    if missing:
        more = f" ({len(missing) - 1} more are missing)" if len(missing) > 1 else ""
        raise DataError(no_such_path(Path(missing[0])) + more)


def _check_whole(items: Sequence[str], media: Media) -> None:
    broken = Broken("to predict", media)
    for item in items:
        broken.look(item)
    broken.check()


def _is_file(item: str) -> bool:
    try:
        return Path(item).is_file()
    except (OSError, ValueError):  # a long text is no file name
        return False


def _looks_like_file(item: str) -> bool:
    """A word with the ending of a text file is a file, there or not; a sentence is a text."""
    return item.endswith((".txt", ".md")) and not any(mark.isspace() for mark in item)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as UTF-8 text: {error}") from None
