"""Which files are meant by names that no file has: a table was written on another machine, or leaves out the ending.

Nothing is guessed between two files: of those that a name may mean there has to be exactly one.
"""

from __future__ import annotations

import os
import re
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from ftcli.data.cells.folder_index import CAPITALS, FolderIndex
from ftcli.errors import listing
from ftcli.media.formats import Media

_ADDRESS = re.compile(r"file:(?://(?:localhost)?(?=/))?(?:/(?=[A-Za-z]:))?", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[A-Za-z]:/|//|[a-z][a-z0-9+]+://")
_ENCODINGS = ("gbk", "cp932", "big5", "cp949", "cp1251", "cp1252", "cp437")
_SHOWN = 3  # files that a name may mean, in a message


def _unquoted(name: str) -> str:
    """Without the signs of an address: %20 is a space, and file:// begins a path."""
    return os.fsdecode(urllib.parse.unquote_to_bytes(os.fsencode(_ADDRESS.sub("", name, count=1))))


# How else a name may be written, in this order, each on what the ones before gave.
_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "without the spaces around it": str.strip,
    "with / for \\": lambda name: name.replace("\\", "/"),
    "read as an address (file://, %20)": _unquoted,
}


@dataclass(slots=True)
class Found:
    """What names mean, by their positions: `paths` of files, and the `ways` to them; or the `reasons` against it."""

    paths: dict[int, str] = field(default_factory=dict)
    ways: dict[int, tuple[str, ...]] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)

    def words(self, names: Sequence[str], root: Path) -> str:
        """How they were found, with counts and the first one."""
        counts = Counter(way for ways in self.ways.values() for way in ways)
        ways = ", ".join(f"{way} ({count:,})" for way, count in counts.items())
        first = next(iter(self.paths))
        return f"{ways}: {names[first]} is {os.path.relpath(self.paths[first], root)}"

    def refuse(self, position: int, reason: str) -> None:
        """Take back what was found of a name."""
        del self.paths[position], self.ways[position]
        self.reasons[position] = reason


def find_files(
    names: Sequence[str], root: Path, media: Media, *, named: Callable[[str], bool] | None
) -> Found:
    """The files below `root` that are meant by `names`, of which none exists as it is written.

    `named` is whether another name of the same table is that of a file. Where it is None there are no others: then all
    may be of another machine, whose folder is left out where that gives every name a file, in exactly one way.
    """
    lookup, found = _Lookup(root, media), Found()
    for position, name in enumerate(names):
        lookup.find(position, name, found)
    if named is None and names and not found.paths:
        _leave_out_folder(names, lookup, found)
    _check_capitals(names, found, named or (lambda path: False))
    return found


@dataclass(slots=True)
class _Lookup:
    root: Path
    media: Media
    index: FolderIndex = field(init=False)

    def __post_init__(self) -> None:
        self.index = FolderIndex(self.media)

    def find(self, position: int, name: str, found: Found) -> bool:
        """Add what a name means to `found`, or why that is not clear."""
        ways: tuple[str, ...] = ()
        for way, spelled in spellings(name):
            ways, path = (*ways, *way), self._path(spelled)
            if os.path.isfile(path):
                found.paths[position], found.ways[position] = path, ways
                return True
        for more, meant in (*self._in_other_encodings(spelled), *self.index.meant(path)):
            if len(meant) == 1:
                found.paths[position], found.ways[position] = meant[0], (*ways, *more)
                return True
            found.reasons[position] = f"it may be any of {self._listing(meant)}"
            return False
        if beside := self.index.with_other_endings(path):
            found.reasons[position] = f"there is {self._listing(beside)}"
        elif _ELSEWHERE.match(spelled):
            found.reasons[position] = "it is an address, and no path on this machine"
        return False

    def _in_other_encodings(self, name: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        """The files whose names are this one in the bytes of another system, as archives unpack them."""
        forms = {} if name.isascii() else {_in_bytes(name, encoding): encoding for encoding in _ENCODINGS}
        found = {path: forms[form] for form in forms if form and os.path.isfile(path := self._path(form))}
        if found:
            yield (f"in the encoding {next(iter(found.values()))}",), list(found)

    def _listing(self, paths: Sequence[str]) -> str:
        return listing((os.path.relpath(path, self.root) for path in paths), _SHOWN)

    def _path(self, name: str) -> str:
        return os.path.normpath(os.path.join(self.root, name))


def spellings(name: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """A name as it is, and each other form that it may stand for, with what was changed since the one before."""
    yield (), name
    for way, spell in _SPELLINGS.items():
        if (spelled := spell(name)) != name:
            name = spelled
            yield (way,), name


def _in_bytes(name: str, encoding: str) -> str:
    """A name whose bytes are in an encoding, as Python has it; empty where that is not possible."""
    try:
        return os.fsdecode(name.encode(encoding))
    except UnicodeEncodeError:
        return ""


def _leave_out_folder(names: Sequence[str], lookup: _Lookup, found: Found) -> None:
    """Find the names by what is left of them without the first folders, which all of them have in common."""
    parts = [list(spellings(name))[-1][1].split("/") for name in names]
    folders = zip(*(one[:-1] for one in parts), strict=False)
    shared = [names[0] for names in takewhile(lambda names: len(set(names)) == 1, folders)]
    fitting: dict[str, Found] = {}
    for length in range(1, len(shared) + 1):
        attempt = Found()
        if all(lookup.find(at, "/".join(one[length:]), attempt) for at, one in enumerate(parts)):
            fitting["/".join(shared[:length])] = attempt
    if len(fitting) == 1:
        ((folder, only),) = fitting.items()
        ways = {at: (f"without the folder {folder}", *more) for at, more in only.ways.items()}
        found.paths, found.ways, found.reasons = only.paths, ways, {}
    elif fitting:
        shown = listing(map(repr, fitting), _SHOWN)
        found.reasons = dict.fromkeys(range(len(names)), f"there are other files without each of {shown}")


def _check_capitals(names: Sequence[str], found: Found, named: Callable[[str], bool]) -> None:
    """Refuse files that two names mean which differ by capitals: of two files one was lost on such a disk."""
    by_path: dict[str, dict[str, list[int]]] = {}
    for at, ways in found.ways.items():
        if CAPITALS in ways:
            by_path.setdefault(found.paths[at], {}).setdefault(names[at], []).append(at)
    for path, meant in by_path.items():
        if len(meant) > 1 or named(path):
            for at in (at for positions in meant.values() for at in positions):
                found.refuse(
                    at, f"other rows name {os.path.basename(path)} with other capitals, and it is one file"
                )
