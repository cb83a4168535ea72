"""Folders of tables: a data set as it is downloaded from the Hugging Face hub, and tables in parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from glob import has_magic
from pathlib import Path

from ftcli.data.cells.named import Named, columns_of
from ftcli.data.formats.fields import outer
from ftcli.data.formats.part_names import are_parts, missing_parts, numbered_parts
from ftcli.data.names.split_names import splits_among
from ftcli.data.parts import Parts
from ftcli.data.sources.base import Opener, Several
from ftcli.data.sources.folder import entries, split_files, split_folders
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES
from ftcli.errors import DataError, listing

OpenTable = Callable[[Path], Opener]
_CONTENT = "data"  # the folder that holds the tables on the hub
_ENDINGS = frozenset(TABLES) - {".txt"}
# Endings of what lies beside the parts of a table, such as _SUCCESS.
_BESIDE = ("", ".md", ".yaml", ".yml", ".py")


def hub_folder(path: Path, subset: str | None, table: OpenTable) -> Several | None:
    """The splits of a folder as it is on the hub; None for any other folder.

    They lie in it, in its folder data, or in a folder for each configuration, which `subset` names. Raises `DataError`
    where there are several of those, and none is named.
    """
    if subset is not None:
        named = [folder for folder in (path / subset, path / _CONTENT / subset) if folder.is_dir()]
        return next((found for folder in named if (found := _splits(folder, table)) is not None), None)
    if (found := _numbered(path, table)) is not None:
        return found
    if split_files(path, TABLES):
        return None
    if split_folders(path):
        return _folders(path, table)
    if (path / _CONTENT).is_dir() and (found := _splits(path / _CONTENT, table)) is not None:
        return found
    inside = {name: found for name in entries(path)[0] if (found := _splits(path / name, table)) is not None}
    if len(inside) > 1:
        raise DataError(f"{path} has several configurations: name one as data.subset: {listing(inside)}")
    return next(iter(inside.values()), None)


def table_in_parts(path: Path, table: OpenTable) -> Parts | None:
    """A folder whose files are the parts of one table; None for any other folder."""
    files = _part_files(path)
    return Parts(str(path), tuple(table(path / name) for name in files)) if files else None


def matched(value: str) -> list[Path]:
    """The files that a path matches whose name has signs such as *, sorted; none for another path."""
    path = Path(value).expanduser()
    return sorted(path.parent.glob(path.name)) if has_magic(path.name) and not path.exists() else []


def matching(pattern: str, files: Sequence[Path], table: OpenTable) -> Parts:
    """The files that a pattern matches, as one table."""
    return Parts(pattern, tuple(map(table, files)))


def _part_files(path: Path) -> list[str]:
    """The parts of the table that a folder is; none for another folder."""
    folders, files = entries(path)
    tables = [name for name in files if ending(Path(name)) in _ENDINGS]
    others = {Path(name).suffix for name in files if name not in tables}
    return tables if not folders and are_parts(tables) and others <= set(_BESIDE) else []


def _splits(folder: Path, table: OpenTable) -> Several | None:
    """The splits of a folder: as numbered parts, as one table each, or as a folder of parts each."""
    if (found := _numbered(folder, table)) is not None:
        return found
    if files := split_files(folder, TABLES):
        return _several(folder, files, {name: [name] for name in files.values()}, table)
    return _folders(folder, table)


def _folders(folder: Path, table: OpenTable) -> Several | None:
    """The splits of a folder that has a folder of parts for each."""
    folders = split_folders(folder)
    parts = {name: [f"{name}/{file}" for file in _part_files(folder / name)] for name in folders.values()}
    return _several(folder, folders, parts, table) if folders and all(parts.values()) else None


def _numbered(folder: Path, table: OpenTable) -> Several | None:
    found = numbered_parts(name for name in entries(folder)[1] if ending(Path(name)) in _ENDINGS)
    usual = splits_among(found)
    return _several(folder, usual, found, table) if usual else None


def _several(folder: Path, usual: dict[str, str], files: dict[str, list[str]], table: OpenTable) -> Several:
    def opener(name: str) -> Parts:
        lost = missing_parts(files[name])
        notes = (
            (f"{folder}: {lost:,} parts of {name} are not there, by the names of the others",) if lost else ()
        )
        return Parts(str(folder / name), tuple(table(folder / file) for file in files[name]), notes)

    others = tuple(name for name in files if name not in usual.values())
    return Several(str(folder), usual, opener, others)


def without_bare_test(
    path: Path, usual: Mapping[str, str], named: Named | None, table: OpenTable
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """The tables of splits without that of a test split which lacks the column `named` for labels; and a note."""
    test = usual.get("test")
    if named is None or test is None:
        return usual, ()
    columns = table(path / test).columns() or ()
    missing = next((name for name in outer(columns_of(named), columns) if name not in columns), None)
    if missing is None:
        return usual, ()
    note = f"{path / test}: no column {missing!r}, so nothing is tested on it"
    return {role: name for role, name in usual.items() if role != "test"}, (note,)
