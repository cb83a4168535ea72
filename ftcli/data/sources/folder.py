"""Folders and the files in them: without what is hidden or a system's own, and which of them are splits."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.names.split_names import WORDS, splits_among
from ftcli.data.names.system_files import is_passed_over, is_remark
from ftcli.data.sources.base import Opener, Several
from ftcli.data.sources.records import PACKED, ending
from ftcli.data.sources.rows import NumberedRows
from ftcli.errors import DataError, counted, listing
from ftcli.media.formats import Media, read_text

SPLITS = WORDS


def entries(
    folder: Path | str, hidden: Counter[str] | None = None, media: Media | None = None
) -> tuple[list[str], list[str]]:
    """The names of the folders and of the files in a folder, sorted, without what is hidden or a system's own.

    Of that, files of `media` are counted in `hidden` by the name of what is hidden.
    """
    folders, files, passed = _entries(folder)
    if hidden is not None and media is not None:
        for name in passed:
            count_hidden(Path(folder) / name, media, hidden)
    return folders, files


def _entries(folder: Path | str) -> tuple[list[str], list[str], list[str]]:
    """The same, and the names of what is hidden or a system's own."""
    found: tuple[list[str], list[str], list[str]] = [], [], []
    try:
        with os.scandir(folder) as scanned:
            for entry in scanned:
                kind = 2 if is_passed_over(entry.name) else 0 if _is_folder(entry) else 1
                found[kind].append(entry.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from None
    for names in found:
        names.sort()
    return found


def count_hidden(path: Path, media: Media, hidden: Counter[str]) -> None:
    """Add the files of one kind that a hidden file or folder is, or holds."""
    found = (name for *_, names in os.walk(path) for name in names) if path.is_dir() else [path.name]
    if count := sum(media.named(name) and not is_remark(name) for name in found):
        hidden[path.name] += count


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link to itself is not one; opening it raises the error."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def split_folders(folder: Path) -> dict[str, str]:
    """`{"train": "train", "val": "valid"}`: which split is which folder; empty without a training folder."""
    return splits_among(entries(folder)[0])


def split_files(folder: Path, endings: Collection[str]) -> dict[str, str]:
    """`{"train": "train.tsv", "val": "dev.tsv"}`, by the endings of tables, texts, ...; empty without "train"."""
    names = (name for name in entries(folder)[1] if ending(Path(name)) in endings)
    stems = {Path(name.removesuffix(PACKED)).stem: name for name in names}
    return {split: stems[stem] for split, stem in splits_among(stems).items()}


class Names:
    """File names in one block of bytes: some 30 bytes each, where Python strings take a hundred."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("q", [0])

    def append(self, name: str) -> None:
        self._bytes += os.fsencode(name)
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: int) -> str:
        return os.fsdecode(bytes(self._bytes[self._ends[index] : self._ends[index + 1]]))


@dataclass(slots=True)
class Unread:
    """What a search of a folder did not take: files of another kind by their ending, and what is hidden by its name."""

    others: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)

    def notes(self, name: object, media: Media) -> tuple[str, ...]:
        """Sentences on both."""
        return (*self.hidden_notes(name, media), *self._other_notes(name, media))

    def hidden_notes(self, name: object, media: Media) -> Iterator[str]:
        """On files of the kind that are hidden, or in a folder that is hidden or a system's own."""
        if self.hidden:
            count = counted(self.hidden.total(), media.noun)
            yield f"{name}: {count} hidden or kept by a system, so not read: {endings(self.hidden)}"

    def _other_notes(self, name: object, media: Media) -> Iterator[str]:
        if self.others:
            yield f"{name}: files that are not {media.noun}s were not read: {endings(self.others)}"


def media_files(
    folder: Path,
    prefix: str,
    media: Media,
    others: Counter[str],
    above: tuple[tuple[int, int], ...] = (),
    hidden: Counter[str] | None = None,
) -> Iterator[str]:
    """The files of one kind in a folder and below, sorted, as paths that begin with `prefix`.

    The others are counted by their endings, and `hidden` ones of the kind by the name of what is hidden. A folder that
    is called like a file, and has none, is given as one, since somebody meant it to be. Raises `DataError` for a link
    to a folder it lies in, which has no end; `above` are those.
    """
    folders, files = entries(folder, hidden, media)
    found = folder.stat()
    if (here := (found.st_dev, found.st_ino)) in above:
        raise DataError(f"{folder} is a link to a folder that it lies in: remove it")
    start = f"{prefix}/" if prefix else ""
    for name in files:
        if media.named(name):
            yield start + name
        else:
            others[Path(name).suffix.lower() or name] += 1
    for name in folders:
        inside = media_files(folder / name, start + name, media, others, (*above, here), hidden)
        first = next(inside, None)
        if first is not None:
            yield first
        elif media.named(name):
            yield start + name
        yield from inside


def endings(others: Counter[str]) -> str:
    return listing((f"{ending} ({count})" for ending, count in others.most_common()), 5)


@dataclass(frozen=True, slots=True)
class FolderRows(NumberedRows):
    """The files of a folder."""

    path: Path
    names: Names
    modality: Modality = IMAGE

    @property
    def name(self) -> str:
        return str(self.path)

    def __len__(self) -> int:
        return len(self.names)

    def id(self, index: int) -> str:
        return self.names[index]

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {self.modality.name: self.path / self.names[index]}

    def place(self, index: int) -> str:
        return str(self.path / self.names[index])


@dataclass(frozen=True, slots=True)
class TextFileRows(FolderRows):
    """The texts in the files of a folder."""

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {self.modality.name: read_text(self.path / self.names[index])}


def files_among(paths: list[Path], media: Media, hidden: Counter[str] | None = None) -> list[str]:
    """All files of one kind among files and below folders, in order. Raises `DataError` for a folder without any."""
    found: list[str] = []
    for path in paths:
        if not path.is_dir():
            found.append(str(path))
            continue
        inside = list(media_files(path, str(path), media, Counter(), hidden=hidden))
        if not inside:
            raise DataError(f"{path.absolute()} has no {media.noun}s")
        found += inside
    return found


def held(path: Path, media: Media) -> str:
    """What a folder holds, for a note on one that is not read: `2 images`."""
    return counted(sum(1 for _ in media_files(path, "", media, Counter())), media.noun)


def folders_of_splits(
    path: Path, usual: Mapping[str, str], opener: Callable[[str], Opener], media: Media, *notes: str
) -> Several:
    """A folder for each split, and notes on what lies beside them."""
    folders, files = entries(path)
    others = tuple(name for name in folders if name not in usual.values())
    if own := [name for name in files if media.named(name)]:
        count = counted(len(own), media.noun)
        notes = (*notes, f"{path}: {count} beside the folders of its splits, so not read: {listing(own, 3)}")
    sizes = {name: held(path / name, media) for name in others}
    return Several(str(path), usual, opener, others, sizes, notes)
