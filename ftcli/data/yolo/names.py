"""The names of YOLO's classes, in its settings or in a file near its labels."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.data.sources.folder import entries
from ftcli.data.yolo.settings import LARGEST, YAML_NAMES, Settings, find_settings, text_lines
from ftcli.errors import DataError, listing
from ftcli.system.read_files import note_read

FILES = ("classes.txt", "obj.names", "names.txt", "predefined_classes.txt", "labels.txt", "_darknet.labels")
DARKNET, LABEL_STUDIO = ".names", "notes.json"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the classes 0, 1, ..., and the file that has them."""

    file: Path
    names: tuple[str, ...]

    def of(self, number: int) -> str:
        """Raises `ValueError` for a class without a name."""
        if number >= len(self.names):
            raise ValueError(f"the class is {number}, and there are {len(self.names)} names in {self.file}")
        return self.names[number]


@dataclass(slots=True)
class ClassNames:
    """The names for each folder of labels: those of the settings, else those of the nearest file above the labels.

    A folder without any has those of the others, if they agree. `top` is the highest folder that is looked in.
    """

    settings: Settings
    top: Path
    used: dict[Path, Names] = field(default_factory=dict)
    _near: dict[Path, Names | None] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def of(self, labels: Path) -> Names | None:
        """The names for the labels in a folder; None where there are none. Raises `DataError` for a broken file."""
        if labels not in self._near:
            self._near[labels] = found = self._stated() or self._nearest(labels) or self._elsewhere()
            if found is not None:
                self.used[found.file] = found
        return self._near[labels]

    def _stated(self) -> Names | None:
        settings = self.settings
        if settings.file is None or (settings.names is None and settings.names_file is None):
            return None
        if settings.names is not None:
            return Names(settings.file, settings.names)
        said = settings.names_file or ""
        if (file := settings.find(said)) is None:
            raise DataError(f"{settings.file}: names: there is no file {said}")
        return read_names(file.path)

    def _nearest(self, labels: Path) -> Names | None:
        return next((found for folder in self._folders(labels) if (found := _in_folder(folder))), None)

    def _folders(self, labels: Path) -> Iterator[Path]:
        """The folder of labels and those above it, up to `top`; then `top` and its `labels`."""
        top = self.top.absolute()
        for folder in (labels, *labels.parents):
            if top in (folder.absolute(), *folder.absolute().parents):
                yield folder
        yield from (self.top / "labels", self.top)

    def _elsewhere(self) -> Names | None:
        """The names in any folder of the data set, where all that have some have the same."""
        found: dict[tuple[str, ...], Names] = {}
        for folder, folders, _ in os.walk(self.settings.root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if (names := _listed(Path(folder))) is not None:
                found.setdefault(names.names, names)
        return next(iter(found.values())) if len(found) == 1 else None

    def known(self) -> tuple[str, ...]:
        """All names, used or not."""
        return tuple(dict.fromkeys(name for found in self.used.values() for name in found.names))

    def notes(self) -> Iterator[str]:
        """What is odd about them, or that there are none; each once."""
        for note in (*self._none(), *self._above(), *self._twice(), *self._others()):
            if note not in self._told:
                self._told.add(note)
                yield note

    def _none(self) -> Iterator[str]:
        if self._near and not self.used:
            yield (
                f"{self.top}: no names of the classes were found, so they are called by their numbers. Names are read "
                f"from {YAML_NAMES[0]}, {FILES[0]} or {FILES[1]} there or beside the labels, or from data.class_names"
            )

    def _above(self) -> Iterator[str]:
        """Files outside of the folder that was given."""
        root = self.settings.root.absolute()
        for file in self.used:
            if root not in file.absolute().parents and self.settings.names_file is None:
                yield f"{self.settings.root}: the classes have the names of {file}"

    def _twice(self) -> Iterator[str]:
        for file, found in self.used.items():
            if twice := [one for one in dict.fromkeys(found.names) if found.names.count(one) > 1]:
                yield f"{file}: several numbers have the name {listing(map(repr, twice), 5)}: they are one class"
            classes, names = self.settings.classes, len(found.names)
            if file == self.settings.file and classes is not None and classes != names:
                yield f"{file}: it says {classes:,} classes and names {names:,}: the names count"

    def _others(self) -> Iterator[str]:
        """Files beside the labels that have other names than the settings, which were taken."""
        if self.settings.file not in self.used:
            return
        taken = self.used[self.settings.file]
        for labels in self._near:
            try:
                other = _listed(labels)
            except DataError:
                continue
            if other is not None and other.names != taken.names:
                yield f"{other.file}: has other names than {taken.file}, whose names are taken"


def _in_folder(folder: Path) -> Names | None:
    """The names that a folder has, in its settings or in a file."""
    if not folder.is_dir():
        return None
    try:
        settings = find_settings(folder)
    except DataError:  # settings of something else: those of the data set were read before
        settings = None
    if settings is not None and settings.file is not None and settings.names is not None:
        return Names(settings.file, settings.names)
    return _listed(folder)


def _listed(folder: Path) -> Names | None:
    """The names in a file of a folder that has them alone."""
    files = entries(folder)[1]
    named = [name for name in FILES if name in files]
    others = [name for name in files if name.endswith(DARKNET)]
    if named or len(others) == 1:
        return read_names(folder / (named or others)[0])
    return _label_studio(folder / LABEL_STUDIO) if LABEL_STUDIO in files else None


def read_names(file: Path) -> Names:
    """A name a line. Raises `DataError` for an empty line, as the line is the number of the class."""
    lines = [line.strip() for line in text_lines(file)]
    while lines and not lines[-1]:
        lines.pop()
    if "" in lines:
        raise DataError(f"{file}:{lines.index('') + 1}: this line is empty: the name of a class is wanted")
    return Names(file, tuple(lines))


def _label_studio(file: Path) -> Names | None:
    """The categories of a notes.json."""
    note_read(file)
    try:
        if file.stat().st_size > LARGEST:
            return None
        content: Any = json.loads(file.read_text(encoding="utf-8-sig"))
        categories: list[Mapping[str, Any]] = sorted(content["categories"], key=lambda one: int(one["id"]))
        if [int(one["id"]) for one in categories] != list(range(len(categories))):
            return None
        return Names(file, tuple(str(one["name"]) for one in categories))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # notes of somebody else
        return None
