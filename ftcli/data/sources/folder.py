"""A folder with one folder of images, or of sounds, for each class."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.records import PACKED, ending
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, listing
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import Media, media_of

IGNORED = ("__MACOSX",)  # and everything hidden, such as .ipynb_checkpoints
SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}


def entries(folder: Path | str) -> tuple[list[str], list[str]]:
    """The names of the folders and of the files in a folder, sorted, without what is hidden."""
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if not entry.name.startswith(".") and entry.name not in IGNORED:
                    (folders if _is_folder(entry) else files).append(entry.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}") from None
    return sorted(folders), sorted(files)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link to itself is not one; opening it raises the error."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def split_folders(folder: Path) -> dict[str, str]:
    """`{"train": "train", "val": "valid"}`: which split is which folder; empty without a training folder."""
    return _splits({name.lower(): name for name in entries(folder)[0]})


def split_files(folder: Path, endings: Collection[str]) -> dict[str, str]:
    """`{"train": "train.tsv", "val": "dev.tsv"}`, by the endings of tables, texts, ...; empty without "train"."""
    names = (name for name in entries(folder)[1] if ending(Path(name)) in endings)
    return _splits({Path(name.removesuffix(PACKED)).stem.lower(): name for name in names})


def _splits(known: Mapping[str, str]) -> dict[str, str]:
    """The splits among names that are `known` by their stems in lower case."""
    found = {
        split: next(known[name] for name in names if name in known)
        for split, names in SPLITS.items()
        if any(name in known for name in names)
    }
    return found if "train" in found else {}


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


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """A folder of class folders; an empty one is an error, or a note where `lenient`."""

    path: Path
    lenient: bool = False
    holds: Modality = IMAGE
    what: str = "a folder of class folders"

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset()

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        found, broken = _Listing(), BrokenFiles(f"in {self.path}", self._media)
        place = lambda index: str(self.path / found.names[index])  # noqa: E731
        labels = targets_of(reading.kind).cells(reading, place) if reading.labelled else None
        for name in self._classes():
            before = len(found.names)
            for file in media_files(self.path / name, name, self._media, found.others):
                found.names.append(file)
                broken.add(f"{self.path}/{file}")
                if labels is not None:
                    labels.add(name, len(found.names) - 1)
            if len(found.names) == before:
                found.empty.append(name)
        self._check(found)
        rows = FolderRows(self.path, found.names, self.holds)
        read = labels.labels() if labels else Unlabelled(len(rows))
        return Opened(rows, read, self._notes(found), broken=broken)

    @property
    def _media(self) -> Media:
        return media_of(self.holds)

    def _classes(self) -> list[str]:
        folders, files = entries(self.path)
        own = [name for name in files if self._media.named(name)]
        nouns = f"{self._media.noun}s"
        if folders and own:
            raise DataError(
                f"{self.path} holds {len(own)} {nouns} beside its class folders ({listing(own, 3)}): "
                "they have no class. Move them into a class folder or away"
            )
        if not folders:
            found = f"{len(own)} {nouns} but no class folders" if own else "no class folders"
            found += f" (but {listing(files, 4)})" if files and not own else ""
            hint = (
                ". If their names tell the label, say how, as in data.pattern: {label}_{number}"
                if own
                else ""
            )
            wanted = f"a folder for each class, with its {nouns}, is wanted{hint}"
            raise DataError(f"{self.path} has {found}: {wanted}")
        return folders

    def _check(self, found: _Listing) -> None:
        if not len(found.names):
            others = f" Other files in them: {endings(found.others)}." if found.others else ""
            none = f"no {self._media.noun}s in its {len(found.empty)} folders"
            raise DataError(f"{self.path}: {none}.{others} Read are: {' '.join(self._media.endings)}")
        if found.empty and not self.lenient:
            raise DataError(f"{self.path}: {self._empty(found)}: fill it or remove it")

    def _notes(self, found: _Listing) -> tuple[str, ...]:
        notes = []
        if found.empty:
            notes.append(f"{self.path}: {self._empty(found)}")
        if found.others:
            what = f"files that are not {self._media.noun}s were not read"
            notes.append(f"{self.path}: {what}: {endings(found.others)}")
        return tuple(notes)

    def _empty(self, found: _Listing) -> str:
        return f"no {self._media.noun}s in the class folder {listing(map(repr, found.empty), 5)}"


@dataclass(slots=True)
class _Listing:
    names: Names = field(default_factory=Names)
    empty: list[str] = field(default_factory=list)
    others: Counter[str] = field(default_factory=Counter)  # endings of files of another kind


def media_files(
    folder: Path, prefix: str, media: Media, others: Counter[str], above: tuple[tuple[int, int], ...] = ()
) -> Iterator[str]:
    """The files of one kind in a folder and below, sorted, as paths that begin with `prefix`.

    The others are counted by their endings. A folder that is called like a file, and has none, is given as one, since
    somebody meant it to be. Raises `DataError` for a link to a folder it lies in, which has no end; `above` are those.
    """
    folders, files = entries(folder)
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
        inside = media_files(folder / name, start + name, media, others, (*above, here))
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


def files_among(paths: list[Path], media: Media) -> list[str]:
    """All files of one kind among files and below folders, in order. Raises `DataError` for a folder without any."""
    found: list[str] = []
    for path in paths:
        if not path.is_dir():
            found.append(str(path))
            continue
        inside = list(media_files(path, str(path), media, Counter()))
        if not inside:
            raise DataError(f"{path.absolute()} has no {media.noun}s")
        found += inside
    return found
