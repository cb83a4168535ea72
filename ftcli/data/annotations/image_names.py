"""Where the images are that annotations name: as the names are, or without the folders of another machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.data.cells.file_lookup import Found, find_files
from ftcli.media.formats import IMAGE_FILES

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
    different. A backslash separates folders where no file has one in its name. Of those that are not there then, files
    are found whose names differ by capitals, by an ending that is left out, and the like.
    """
    sample = list(dict.fromkeys(names))[:: max(1, len(names) // LOOKED_FOR)]
    best, most = _Way(folders[0]), 0
    for way in _ways(sample, folders):
        there = sum(os.path.lexists(way.folder / way.read(name)) for name in sample)
        if there > most and _tells_apart(way, names):
            best, most = way, there
        if most == len(sample):
            break
    read = {name: best.read(name) for name in dict.fromkeys(names)}
    notes = [f"by the end of their names ({first})"] if (first := _first_changed(read, best.folder)) else []
    missing = [name for name, path in read.items() if not os.path.lexists(best.folder / path)]
    folder, others = _looked_up([read[name] for name in missing], [best.folder] if most else folders, read)
    for at, path in others.paths.items():
        read[missing[at]] = os.path.relpath(path, folder)
    if others.paths:
        notes.append(others.words(missing, folder))
    said = (f"{where}: images are found {'; '.join(notes)}",) if notes else ()
    return Located(folder, [read[name] for name in names], said)


def _first_changed(read: Mapping[str, str], folder: Path) -> str:
    """The first name that is read as another one, and its file."""
    return next((f"{name} is {folder / path}" for name, path in read.items() if name != path), "")


def _looked_up(
    missing: Sequence[str], folders: Sequence[Path], read: Mapping[str, str]
) -> tuple[Path, Found]:
    """The files that names may mean of which none exists, in the folder that has most of them."""
    if not missing:
        return folders[0], Found()
    there = {str(folders[0] / path) for path in read.values()}
    named = (
        None if len(missing) == len(read) else there.difference(str(folders[0] / name) for name in missing)
    )
    attempts = [
        (
            folder,
            find_files(missing, folder, IMAGE_FILES, named=None if named is None else named.__contains__),
        )
        for folder in folders
    ]
    return max(attempts, key=lambda attempt: len(attempt[1].paths))


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
