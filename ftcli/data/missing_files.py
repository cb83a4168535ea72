"""The names of files in a table that no file has: which files are meant, once all rows were seen."""

from __future__ import annotations

from array import array
from pathlib import Path

from ftcli.contracts import Modality
from ftcli.data.cells.file_lookup import find_files
from ftcli.data.cells.named import Named, NamePattern
from ftcli.data.changed_rows import FoundRows
from ftcli.data.sources.base import Rows
from ftcli.data.sources.folder import Names, entries
from ftcli.data.targets.reading import Place
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import media_of

FOLDERS = 50  # that are looked into for a hint


class MissingFiles:
    """Collects the names of a table that no file has; `named` says which cells they are."""

    def __init__(self, root: Path, files: Modality, named: Named, place: Place) -> None:
        self._root, self._files, self._named, self._place = root, files, named, place
        self._names: dict[int, str] = {}
        self._positions: dict[int, int] = {}
        self._others = array("q")  # the hashes of the paths that exist

    def __len__(self) -> int:
        return len(self._names)

    def exists(self, path: str) -> None:
        """The path of a row that is not missing."""
        self._others.append(hash(path))

    def add(self, row: int, name: str, position: int) -> None:
        """The name of a row, counted from 0, that is named by its `position` in messages."""
        self._names[row], self._positions[row] = name, position

    def settled(self, rows: Rows, broken: BrokenFiles) -> tuple[Rows, tuple[str, ...]]:
        """The rows with the files that are meant, and a note on those. Of the others `broken` gets what is known."""
        names = list(self._names.values())
        others = set(self._others)
        named = None if not others else lambda path: hash(path) in others
        found = find_files(names, self._root, media_of(self._files), named=named)
        for at, row in enumerate(self._names):
            if (path := found.paths.get(at)) is not None:
                broken.instead(row, path, self._place(self._positions[row]))
            elif reason := found.reasons.get(at):
                broken.found[row] += f": {reason}"
        if len(found.paths) < len(names):
            broken.hint = self._hint(all_missing=not others and not found.paths)
        if not found.paths:
            return rows, ()
        many = f"{len(found.paths):,} of the {len(rows):,} {media_of(self._files).noun}s"
        how = f"found otherwise than written (data.{self._files.name}, data.root)"
        note = f"{rows.name}: {many} are {how}, {found.words(names, self._root)}"
        return FoundRows(rows, self._files.name, self._paths(found.paths, len(rows))), (note,)

    def _paths(self, found: dict[int, str], size: int) -> Names:
        by_row = {row: found[at] for at, row in enumerate(self._names) if at in found}
        paths = Names()
        for row in range(size):
            paths.append(by_row.get(row, ""))
        return paths

    def _folder_with(self, name: str) -> str | None:
        """The only folder below that of the table in which a file is meant by a name."""
        try:
            folders = [self._root / one for one in entries(self._root)[0][:FOLDERS]]
            media = media_of(self._files)
            found = [one for one in folders if find_files([name], one, media, named=None).paths]
        except (DataError, OSError):
            return None
        return str(found[0]) if len(found) == 1 else None

    def _hint(self, *, all_missing: bool) -> str:
        key = f"data.{self._files.name}"
        hint = f". Paths are relative to {self._root.absolute()}; data.root is for another folder"
        if not all_missing:
            return hint
        if (folder := self._folder_with(next(iter(self._names.values())))) is not None:
            return f"{hint}: {folder} has the first of them"
        if isinstance(self._named, NamePattern):
            return f"{hint}, and {key} if {self._named!r} is the wrong name"
        return f"{hint}, and {key} if {self._named!r} is the wrong column"
