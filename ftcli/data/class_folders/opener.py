"""A folder with one folder of images, of sounds, or of texts, for each class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.names.split_names import split_of
from ftcli.data.sources.base import Opened, Rows
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names, TextFileRows, Unread, endings, entries, media_files
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, EmptyClassError, counted, listing
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import Media, media_of

LISTS = ("txt", "csv", "tsv", "json")


@dataclass(frozen=True, slots=True)
class ClassFolders:
    """A folder of class folders; an empty one is an error, or a note where `lenient`.

    `within` is for class folders that hold their splits: by class, the name of the folder in it that is read. `notes`
    say how the folder was found.
    """

    path: Path
    lenient: bool = False
    holds: Modality = IMAGE
    within: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    what: str = "a folder of class folders"

    @property
    def name(self) -> str:
        split = next(iter(self.within.values()), None)
        return str(self.path if split is None else self.path / "*" / split)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset()

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        found, broken = _Listing(), BrokenFiles(f"in {self.path}", self._media)
        place = lambda index: str(self.path / found.names[index])  # noqa: E731
        labels = targets_of(reading.kind).cells(reading, place) if reading.labelled else None
        for name, folder in self._classes(found).items():
            before, media = len(found.names), self._media
            others, hidden = found.unread.others, found.unread.hidden
            for file in media_files(self.path / folder, folder, media, others, hidden=hidden):
                found.names.append(file)
                found.below += "/" in file[len(folder) + 1 :]
                broken.add(f"{self.path}/{file}")
                if labels is not None:
                    labels.add(name, len(found.names) - 1)
            if len(found.names) == before:
                found.empty.append(name)
        self._check(found)
        rows = self._rows(found.names)
        read = labels.labels() if labels else Unlabelled(len(rows))
        return Opened(rows, read, self._notes(found), broken=broken)

    def _rows(self, names: Names) -> Rows:
        return (TextFileRows if self.holds.tokenised else FolderRows)(self.path, names, self.holds)

    @property
    def _media(self) -> Media:
        return media_of(self.holds)

    def _classes(self, found: _Listing) -> dict[str, str]:
        """The classes, and the folder of each below this one."""
        folders, files = entries(self.path, found.unread.hidden, self._media)
        own = [name for name in files if self._media.named(name)]
        found.beside = own if folders and self.holds.tokenised else []
        if folders and own and not found.beside:
            raise DataError(
                f"{self.path} holds {counted(len(own), self._media.noun)} beside its class folders "
                f"({listing(own, 3)}): they have no class. Move them into a class folder or away"
            )
        if not folders:
            raise DataError(f"{self.path} has {self._instead(own, files)}")
        if self.within:
            return {name: f"{name}/{self.within[name]}" for name in folders if name in self.within}
        return {name: name for name in folders}

    def _instead(self, own: list[str], files: list[str]) -> str:
        """What is there, where class folders are wanted."""
        noun = self._media.noun
        if not files:
            return "no class folders, as it is empty"
        found = f"{counted(len(own), noun)} but no class folders" if own else "no class folders"
        found += f" (but {listing(files, 4)})" if files and not own else ""
        pattern = "data.pattern: {label}_{number}"
        hint = f". If their names tell the label, say how, as in {pattern}" if own else ""
        return f"{found}: a folder for each class, with its {noun}s, is wanted{hint}"

    def _check(self, found: _Listing) -> None:
        if not len(found.names):
            others = found.unread.others
            there = f" Other files in them: {endings(others)}." if others else ""
            none = f"no {self._media.noun}s in its {counted(len(found.empty), 'folder')}"
            raise DataError(f"{self.path}: {none}.{there} Read are: {' '.join(self._media.endings)}")
        if found.empty and not self.lenient:
            raise EmptyClassError(f"{self.path}: {self._empty(found)}: fill it or remove it")

    def _notes(self, found: _Listing) -> tuple[str, ...]:
        notes = list(self.notes)
        if found.empty:
            notes.append(f"{self.path}: {self._empty(found)}")
        if found.beside:
            count = counted(len(found.beside), self._media.noun)
            notes.append(
                f"{self.path}: {count} beside its class folders, so not read: {listing(found.beside, 3)}"
            )
        if found.below and not self.within:
            some = f"{found.below:,} of its {counted(len(found.names), self._media.noun)}"
            notes.append(
                f"{self.path}: labelled by the folder at the top: {some} in folders below a class folder"
            )
        if lists := [name for name in entries(self.path)[1] if _names_split(name)]:
            hint = "if they say which files are of which split, give each split a folder or a table"
            notes.append(f"{self.path}: not read: {listing(lists, 4)}; {hint}")
        return (*notes, *found.unread.notes(self.path, self._media))

    def _empty(self, found: _Listing) -> str:
        return f"no {self._media.noun}s in the class folder {listing(map(repr, found.empty), 5)}"


def _names_split(file: str) -> bool:
    """Whether a file beside class folders is called like a list of the files of a split: testing_list.txt."""
    stem, _, ending = file.rpartition(".")
    return ending.lower() in LISTS and any(map(split_of, re.split(r"[\W_]+", stem)))


@dataclass(slots=True)
class _Listing:
    names: Names = field(default_factory=Names)
    empty: list[str] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    below: int = 0  # files that are not directly in their class folder
    beside: list[str] = field(default_factory=list)  # texts on the data, such as a list of their addresses
