"""Paths of the machine on which a run was trained: a card is for others, and shows only the last name of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath, PureWindowsPath

# A path that begins at a root, a home or a drive; not the two slashes of an address.
_START = r"(?:~?/(?!/)|[A-Za-z]:[\\/](?!/)|\\\\)"
_ABSOLUTE = re.compile(_START)
# Within a sentence: all but its last name, up to what may end a path.
_FOLDERS = re.compile(rf"(?<![\w.:/\\~>]){_START}(?:[^\s'\",:;()\[\]{{}}]*[\\/])?(?=[^\s'\",:;()\[\]{{}}])")
_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")


def is_absolute(value: str) -> bool:
    """Whether a value is a path that begins at a root, a home or a drive, of whichever system."""
    return _ABSOLUTE.match(value) is not None


def last_name(value: str) -> str:
    """The last name of an absolute path; any other text as it is, without a password in an address."""
    if not is_absolute(value):
        return _PASSWORD.sub("", value)
    path = PurePosixPath(value) if value[0] in "~/" else PureWindowsPath(value)
    return path.name or "/"


class Names:
    """Takes the folders out of texts: those of paths that are known, whatever they are called, and of what looks so."""

    def __init__(self, paths: Iterable[str]) -> None:
        folders = {folder for path in paths if is_absolute(path) for folder in _folders(path)}
        longest = sorted(folders, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest))) if longest else None

    def of(self, text: str) -> str:
        """The text with the last name in place of each absolute path."""
        if self._known is not None:
            text = self._known.sub("", text)
        return _PASSWORD.sub("", _FOLDERS.sub("", text))


def _folders(path: str) -> Iterator[str]:
    """A path and the folders around it, each with its separator; not the root alone."""
    kind, separators = (PurePosixPath, "/") if path[0] in "~/" else (PureWindowsPath, "/\\")
    for folder in (kind(path), *kind(path).parents):
        if folder.name:
            yield from (f"{folder}{separator}" for separator in separators)
