"""A folder of files whose names tell the label: `{label}_{speaker}_{index}.wav` makes a table of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import FILE_ROLES
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.folder import Names, Unread, endings, media_files
from ftcli.data.sources.rows import ColumnRows
from ftcli.data.sources.scan import Scan
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, counted, listing
from ftcli.media.formats import media_of

_FIELD = re.compile(r"\{([^{}]*)\}")
SHOWN = 3  # how many names that do not match a message shows


@dataclass(frozen=True, slots=True)
class NamePattern:
    """How a file name is read. With a / it is matched with the path below the folder, else with the name alone.

    Each field is one character or more; where that can be read in several ways, earlier fields are shorter.
    """

    text: str
    fields: tuple[str, ...]
    form: re.Pattern[str]

    def read(self, name: str) -> dict[str, str] | None:
        """The fields of a path below the folder, or None where it does not match."""
        found = self.form.fullmatch(name if "/" in self.text else name.rpartition("/")[2])
        return None if found is None else dict(zip(self.fields, found.groups(), strict=True))

    def begins_in(self, folder: Path, files: Modality) -> bool:
        """Whether it may be read from a folder on: one with a / has to match a file of it."""
        if "/" not in self.text:
            return True
        return any(map(self.read, media_files(folder, "", media_of(files), Counter())))


def name_pattern(text: str, modality: Modality) -> NamePattern:
    """The pattern of a configuration; the ending of the files may be left out. Raises `ValueError` with words."""
    literals = _FIELD.split(text)[::2]
    fields = tuple(_FIELD.findall(text))
    example = "{label}_{speaker}_{index}"
    if not fields or any(mark in part for part in literals for mark in "{}"):
        raise ValueError(f"{text!r} names no fields in braces, as {example} does")
    if wrong := [name for name in fields if not name.isidentifier() or name in FILE_ROLES]:
        raise ValueError(
            f"{text!r}: {wrong[0]!r} cannot be a field: a name such as those of {example} is wanted"
        )
    if twice := [name for name in fields if fields.count(name) > 1]:
        raise ValueError(f"{text!r} has the field {twice[0]!r} more than once")
    if "" in literals[1:-1]:
        raise ValueError(f"{text!r} has two fields with nothing between them")
    ending = "" if media_of(modality).named(literals[-1]) else r"\.[^./]+"
    form = r"([^/]+?)".join(map(re.escape, literals))
    return NamePattern(text, fields, re.compile(form + ending))


@dataclass(frozen=True, slots=True)
class FileNames:
    """A folder of images or sounds; its columns are the file and the fields of its name."""

    path: Path
    pattern: NamePattern
    holds: Modality
    what: str = "a folder of files whose names tell the label"

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return (read_keys(files) - {self.holds.name, "root"}) | {"pattern"}

    def columns(self) -> tuple[str, ...]:
        return (self.holds.name, *self.pattern.fields)

    def open(self, roles: Roles, reading: Reading) -> Opened:
        names, nameless, unread = Names(), list[str](), Unread()
        place = lambda index: str(self.path / names[index])  # noqa: E731
        scan = Scan(self.name, roles, reading, self.path, place)
        media = media_of(self.holds)
        for name in media_files(self.path, "", media, unread.others, hidden=unread.hidden):
            fields = self.pattern.read(name)
            if fields is None:
                nameless.append(name)
                continue
            names.append(name)
            scan.row({self.holds.name: name, **fields}, len(names) - 1)
        self._check(names, nameless, unread)
        rows = FileNameRows(self.path, names, self.pattern, self.holds, roles)
        return scan.opened(rows, self._notes(nameless, unread))

    def _check(self, names: Names, nameless: list[str], unread: Unread) -> None:
        if len(names):
            return
        noun = media_of(self.holds).noun
        if nameless:
            found = f"none of the {counted(len(nameless), noun)} has a name like {self.pattern.text}"
            raise DataError(f"{self.path}: {found}, for example: {listing(nameless, SHOWN)}")
        has = f" Other files in it: {endings(unread.others)}." if unread.others else ""
        raise DataError(f"{self.path}: no {noun}s.{has} Read are: {' '.join(media_of(self.holds).endings)}")

    def _notes(self, nameless: list[str], unread: Unread) -> tuple[str, ...]:
        media, notes = media_of(self.holds), unread.notes(self.path, media_of(self.holds))
        if not nameless:
            return notes
        words = f"not read: {counted(len(nameless), media.noun)} without a name like {self.pattern.text}"
        return (f"{self.path}: {words}: {listing(nameless, SHOWN)}", *notes)


@dataclass(frozen=True, slots=True)
class FileNameRows(ColumnRows):
    """The files of a folder whose names match."""

    root: Path
    names: Names
    pattern: NamePattern
    modality: Modality
    roles: Roles

    @property
    def name(self) -> str:
        return str(self.root)

    def __len__(self) -> int:
        return len(self.names)

    def id(self, index: int) -> str:
        return self.names[index]

    def cells(self, index: int) -> Mapping[str, Any]:
        """The file, and the fields of its name."""
        name = self.names[index]
        return {self.modality.name: name, **(self.pattern.read(name) or {})}

    def place(self, index: int) -> str:
        return str(self.root / self.names[index])
