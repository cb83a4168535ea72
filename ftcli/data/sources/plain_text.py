"""Plain text files: lines, paragraphs or whole files as texts. One streaming scan; 20 bytes of each stay in memory."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.contracts.modalities import TEXT
from ftcli.data.sources.base import Family, Opened, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import Names, Unread, entries, folders_of_splits, split_files, split_folders
from ftcli.data.sources.records import Lines, stamp
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.targets.columns import Itself, Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.media.formats import TEXT_FILES

Unit = Literal["line", "paragraph", "file"]
ENDING = ".txt"
FILES = replace(TEXT_FILES, noun="text file", endings=(ENDING,))
TABLE_KEYS = ("text", "target", "columns", "delimiter")  # one of them says that a .txt file is a table


def plain_texts(path: Path, data: Data, places: Places, key: str) -> Family | None:
    """A file or folder of plain texts, perhaps with a file or folder for each split; None for anything else."""
    if any(getattr(data, name) is not None for name in TABLE_KEYS):
        return None
    if not path.is_dir():
        return Single(TextFiles(path, data.documents)) if _named(path.name) else None
    if splits := (split_folders(path) or split_files(path, [ENDING])):
        if not all(_holds_texts(path / name) for name in splits.values()):
            return None
        opener = lambda name: TextFiles(path / name, data.documents)  # noqa: E731
        return folders_of_splits(path, splits, opener, FILES)
    return Single(TextFiles(path, data.documents)) if _holds_texts(path) else None


def _named(name: str) -> bool:
    return name.lower().endswith(ENDING)


def _holds_texts(path: Path) -> bool:
    """Whether a file is a plain text, or the files directly in a folder are."""
    if not path.is_dir():
        return _named(path.name)
    folders, files = entries(path)
    if not files:
        return any(_holds_texts(path / name) for name in folders)
    return any(map(_named, files))


@dataclass(frozen=True, slots=True)
class TextFiles:
    """A plain text file, or those of a folder and below. Without `documents`, the content decides what a text is."""

    path: Path
    documents: str | None = None
    holds: Modality = TEXT
    what: str = "plain text"

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"documents"})

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        unread = Unread()
        names = sorted(text_files(self.path, "", unread)) if self.path.is_dir() else [""]
        if not names:
            raise DataError(f"{self.path} has no text files: names that end in {ENDING} are read")
        unit, why = self._unit(names)
        rows = TextRows(self.path, unit)
        for name in names:
            rows.add(name)
        if not len(rows):
            raise DataError(f"{self.path} has no text in it")
        notes = [f"{self.path}: {len(rows):,} texts: each {unit}{why}"]
        labels = Unlabelled(len(rows)) if not reading.labelled else Itself(reading.kind, len(rows))
        return Opened(rows, labels, (*notes, *unread.notes(self.path, FILES)))

    def _unit(self, names: list[str]) -> tuple[Unit, str]:
        """What a text is, and why, if the user has not said it."""
        if self.documents is not None:
            unit: Any = self.documents  # the schema has checked it
            return unit, ""
        if self.path.is_dir():
            return "file", ", as it is a folder of them (data.documents: paragraph or line for smaller ones)"
        if _has_paragraphs(self.path):
            return (
                "paragraph",
                ", as there are blank lines between them (data.documents: line or file for others)",
            )
        return "line", ", as no blank lines part them (data.documents: file for one text)"


def text_files(folder: Path, prefix: str, unread: Unread) -> Iterator[str]:
    """The plain texts in a folder and below, as paths relative to it."""
    folders, files = entries(folder, unread.hidden, FILES)
    for name in files:
        if _named(name):
            yield prefix + name
        else:
            unread.others[Path(name).suffix.lower() or name] += 1
    for name in folders:
        yield from text_files(folder / name, f"{prefix}{name}/", unread)


def _has_paragraphs(path: Path) -> bool:
    """Whether a blank line has text before and after it."""
    before = gap = False
    with Lines(path) as lines:
        for line in lines:
            if not line.strip():
                gap = before
            elif gap:
                return True
            else:
                before = True
    return False


class TextRows(NumberedRows):
    """Pieces of files: the file, the first byte and the byte after the last of each. Picklable."""

    def __init__(self, path: Path, unit: Unit) -> None:
        self.path, self.unit = path, unit
        self._names = Names()
        self._stamps: list[tuple[int, int]] = []
        self._files, self._starts, self._ends = array("i"), array("q"), array("q")

    def add(self, name: str) -> None:
        """The texts of one file, whose path is relative to the folder; "" for the file itself."""
        self._names.append(name)
        self._stamps.append(stamp(self.path / name))
        for start, end in _pieces(self.path / name, self.unit):
            self._files.append(len(self._stamps) - 1)
            self._starts.append(start)
            self._ends.append(end)

    @property
    def name(self) -> str:
        return str(self.path)

    def __len__(self) -> int:
        return len(self._starts)

    def id(self, index: int) -> str:
        if self.unit == "file":
            return self._names[self._files[index]] or self.path.name
        return str(index + 1)

    def inputs(self, index: int) -> Mapping[str, Any]:
        path = self._path(index)
        if stamp(path) != self._stamps[self._files[index]]:
            raise DataError(f"{path} was changed while it was in use: start again")
        with path.open("rb") as file:
            file.seek(self._starts[index])
            raw = file.read(self._ends[index] - self._starts[index])
        return {"text": raw.decode("utf-8-sig").strip()}

    def place(self, index: int) -> str:
        return f"{self._path(index)}, byte {self._starts[index]:,}"

    def _path(self, index: int) -> Path:
        return self.path / self._names[self._files[index]]


def _pieces(path: Path, unit: Unit) -> Iterator[tuple[int, int]]:
    """First byte and end of each text of a file; blank ones are none."""
    start: int | None = None
    end = 0
    with Lines(path) as lines:
        for line in lines:
            blank = not line.strip()
            if start is not None and (unit == "line" or (blank and unit == "paragraph")):
                yield start, end
                start = None
            if not blank:
                start = lines.end - len(line.encode()) if start is None else start
                end = lines.end
    if start is not None:
        yield start, end
