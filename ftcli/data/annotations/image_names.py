"""Where the images are that annotations name: as the names are, or without the folders of another machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOKED_FOR = 200  # names, over the whole list, by which ways to find them are compared


@dataclass(frozen=True, slots=True)
class Located:
    """The folder of the images, and the name of each below it."""

    folder: Path
    names: list[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to understand all names: below a folder, without their first parts; None for all parts but the last."""

    folder: Path
    dropped: int | None = 0
    windows: bool = False

    def read(self, name: str) -> str:
        name = name.replace("\\", "/") if self.windows else name
        parts = name.split("/")
        return (
            name
            if self.dropped == 0
            else "/".join(parts[-1:] if self.dropped is None else parts[self.dropped :])
        )


def located(names: Sequence[str], folders: Sequence[Path], where: str) -> Located:
    """The names below the one of the folders that has most of them; the first, where none has any.

    Folders that the names begin with are left out where the files are found without them, and if all names stay
    different. A backslash separates folders where no file has one in its name.
    """
    sample = list(dict.fromkeys(names))[:: max(1, len(names) // LOOKED_FOR)]
    best, most = _Way(folders[0]), 0
    for way in _ways(sample, folders):
        there = sum(os.path.lexists(way.folder / way.read(name)) for name in sample)
        if there > most and _tells_apart(way, names):
            best, most = way, there
        if most == len(sample):
            break
    found = [best.read(name) for name in names]
    other = next((pair for pair in zip(names, found, strict=True) if pair[0] != pair[1]), None)
    if other is None:
        return Located(best.folder, found)
    note = f"{where}: images are found by the end of their names: {other[0]} is {best.folder / other[1]}"
    return Located(best.folder, found, (note,))


def _ways(names: Sequence[str], folders: Sequence[Path]) -> Iterator[_Way]:
    """Likeliest first: the names as they are, in each folder; then without more and more of their first parts."""
    yield from map(_Way, folders)
    windows = any("\\" in name for name in names)
    depths = {name.replace("\\", "/").count("/") if windows else name.count("/") for name in names}
    shared = range(0 if windows else 1, 1 + min(depths, default=0))
    for dropped in (*shared, None):
        yield from (_Way(folder, dropped, windows) for folder in folders)


def _tells_apart(way: _Way, names: Sequence[str]) -> bool:
    """Whether names that differ still do."""
    return len({way.read(name) for name in names}) == len(set(names))
