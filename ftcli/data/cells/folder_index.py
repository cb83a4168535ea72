"""The names in folders, each listed once, by what they are but for capitals and endings."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from ftcli.media.formats import Media

ENDING, CAPITALS = "with an ending added", "with other capitals or composed characters"


@dataclass(slots=True)
class _Names:
    """The names in one folder: `same` by their folded names, `stems` by those without an ending of the media."""

    same: dict[str, list[str]] = field(default_factory=dict)
    stems: dict[str, list[str]] = field(default_factory=dict)


class FolderIndex:
    """Finds files whose names differ from a path by capitals, composed characters (NFC, NFD) or a missing ending."""

    def __init__(self, media: Media) -> None:
        self._media = media
        self._names: dict[str, _Names] = {}
        self._real: dict[str, list[str]] = {}

    def meant(self, path: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
        """The ways in which a path means files, the nearest first, and the files of each way."""
        folder, name = os.path.split(path)
        found: dict[tuple[str, ...], list[str]] = {(ENDING,): [], (CAPITALS,): [], (CAPITALS, ENDING): []}
        for real in self._folders(folder):
            names, moved = self._listed(real), real != folder
            for one in names.same.get(folded(name), ()):
                found[CAPITALS,].append(os.path.join(real, one))
            for one in names.stems.get(folded(name), ()):
                exact = one.startswith(name) and not moved
                found[(ENDING,) if exact else (CAPITALS, ENDING)].append(os.path.join(real, one))
        for way, files in found.items():
            if files := [one for one in files if os.path.isfile(one)]:
                yield way, files

    def with_other_endings(self, path: str) -> list[str]:
        """The files beside a path that does not exist that differ from it by their ending."""
        folder, name = os.path.split(path)
        stem = folded(name[: -len(self._ending(name))] if self._ending(name) else name)
        found = (
            (real, one) for real in self._folders(folder) for one in self._listed(real).stems.get(stem, ())
        )
        return [os.path.join(*pair) for pair in found]

    def _folders(self, folder: str) -> list[str]:
        """The folders that a path may mean: itself if it is one, else those that differ by capitals."""
        if folder not in self._real:
            above, name = os.path.split(folder)
            if os.path.isdir(folder):
                self._real[folder] = [folder]
            elif above == folder or not name:
                self._real[folder] = []
            else:
                found = (
                    os.path.join(real, one)
                    for real in self._folders(above)
                    for one in self._listed(real).same.get(folded(name), ())
                )
                self._real[folder] = [one for one in found if os.path.isdir(one)]
        return self._real[folder]

    def _listed(self, folder: str) -> _Names:
        if folder not in self._names:
            self._names[folder] = listed = _Names()
            for name in _entries(folder):
                listed.same.setdefault(folded(name), []).append(name)
                if ending := self._ending(name):
                    listed.stems.setdefault(folded(name[: -len(ending)]), []).append(name)
        return self._names[folder]

    def _ending(self, name: str) -> str:
        """That of a format of the media; empty for any other."""
        return next((one for one in self._media.endings if name.lower().endswith(one)), "")


def folded(name: str) -> str:
    """A name as file systems compare it that know no capitals."""
    return unicodedata.normalize("NFC", name).casefold()


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
