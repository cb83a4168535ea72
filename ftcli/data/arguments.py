"""What the arguments of `predict` mean: a table, standard input, files, or the texts themselves."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from ftcli.config.schema import Data
from ftcli.contracts import TargetKind
from ftcli.data import standard_input
from ftcli.data.names.system_files import is_passed_over
from ftcli.data.sources.folder import count_hidden, files_among
from ftcli.data.sources.parallel_text import both
from ftcli.data.sources.records import ending
from ftcli.data.sources.tables import TABLES
from ftcli.errors import DataError, cut
from ftcli.media.formats import TEXT_FILES, Media
from ftcli.system.paths import check_readable, no_such_path


def table_among(arguments: Sequence[str], kind: TargetKind, data: Data, *, in_files: bool) -> str | None:
    """The table that is the only argument; None where none is a table. `in_files`: examples may be files of their own.

    Raises `DataError` for one that does not exist, and for one among others.
    """
    endings = _table_endings(kind, data)
    tables = [one for one in arguments if _is_table(one, endings, kind, in_files)]
    if not tables:
        return None
    if len(arguments) > 1:
        raise DataError(
            f"{tables[0]} is a table and is predicted alone, as the ids of its rows are their numbers: run the "
            "command once for each table"
        )
    lines = both(tables[0])
    _check_exist(tables if lines is None else [str(lines[0])])
    return tables[0]


def check_once(arguments: Sequence[str]) -> None:
    """Raise `DataError` where standard input is meant to be read twice."""
    if (times := arguments.count(standard_input.MARK)) > 1:
        raise DataError(
            f"{standard_input.MARK} is given {times} times, and {standard_input.NAME} is read once"
        )


def media_files(
    arguments: Sequence[str], media: Media, hidden: Counter[str], *, missing: bool = False
) -> list[str]:
    """Images or sounds, and those in folders. What is hidden in folders is counted in `hidden`.

    Raises `DataError` for what does not exist, unless `missing` files are allowed.
    """
    paths: list[str] = []
    for argument in arguments:
        paths += _listed() if argument == standard_input.MARK else [argument]
    if "" in paths:
        raise DataError("an argument is empty, where the path of a file or a folder is wanted")
    found = [one for path in paths for one in _expanded(path, media, hidden)]
    if not missing:
        _check_exist(found)
    return files_among([Path(one) for one in found], media, hidden)


def texts(arguments: Sequence[str]) -> list[str | Path]:
    """Texts, and paths of files that hold one each. What exists as a file is one; a line of standard input is a text.

    Raises `DataError` for a text file that does not exist, a folder, and what is not UTF-8.
    """
    found: list[str | Path] = []
    for argument in arguments:
        if argument == standard_input.MARK:
            found += standard_input.lines()
        elif os.path.exists(argument):
            found.append(_text_file(argument))
        elif _is_called(argument, TEXT_FILES.endings, in_files=False):
            found += map(Path, _expanded(argument, TEXT_FILES, Counter()))
        else:
            found.append(_text(argument))
    _check_exist([str(one) for one in found if isinstance(one, Path)])
    return found


def _table_endings(kind: TargetKind, data: Data) -> Collection[str]:
    """Those of tables, and of what the task reads as one: tagged words, and texts on lines if the run learned those."""
    more = kind.table_endings
    if kind.line_files and (files := both(data.train or data.source or "")) is not None:
        more = (ending(files[0]),)
    return {*TABLES, *more} - set(TEXT_FILES.endings)


def _is_table(argument: str, endings: Collection[str], kind: TargetKind, in_files: bool) -> bool:
    lines = both(argument) if kind.line_files else None
    if lines is not None and os.path.isfile(lines[0]):
        return True
    name = argument if lines is None else str(lines[0])
    return _is_called(name, endings, in_files=in_files) and not os.path.isdir(argument)


def _is_called(argument: str, endings: Collection[str], *, in_files: bool) -> bool:
    """Whether it names a file with one of these endings, there or not. A sentence names one only if it exists."""
    if ending(Path(argument)) not in endings:
        return False
    return in_files or os.path.exists(argument) or not any(mark.isspace() for mark in argument)


def _listed() -> Iterator[str]:
    """The paths on standard input."""
    for number, line in enumerate(standard_input.paths(), start=1):
        if not line:
            place = f"{standard_input.NAME}:{number}"
            raise DataError(f"{place}: the line is empty, where the path of a file or a folder is wanted")
        yield line


def _expanded(path: str, media: Media, hidden: Counter[str]) -> list[str]:
    """A path; or, where it is a pattern and no path, what it matches, sorted, without what a system keeps for itself.

    Raises `DataError` if that is nothing.
    """
    if not glob.has_magic(path) or os.path.exists(path):
        return [path]
    matched = {one: _passed_over(Path(one), Path(path)) for one in sorted(glob.glob(path, recursive=True))}
    found = [one for one, within in matched.items() if within is None]
    for within in {one for one in matched.values() if one is not None}:
        count_hidden(within, media, hidden)
    if not found:
        raise DataError(f"no file or folder matches the pattern {path}")
    return found


def _passed_over(path: Path, pattern: Path) -> Path | None:
    """The first part of a path that is hidden or a system's own, unless the pattern names it."""
    hidden = (
        index for index, part in enumerate(path.parts) if is_passed_over(part) and part not in pattern.parts
    )
    first = next(hidden, None)
    return None if first is None else Path(*path.parts[: first + 1])


def _check_exist(paths: Sequence[str]) -> None:
    missing = [path for path in paths if not os.path.exists(path)]
    if missing:
        others = len(missing) - 1
        more = f" ({others:,} more {'is' if others == 1 else 'are'} missing)" if others else ""
        raise DataError(no_such_path(Path(missing[0])) + more)


def _text_file(argument: str) -> Path:
    if os.path.isdir(argument):
        raise DataError(
            f"{argument} is a folder, and this run reads texts: name its files, such as {argument}/*.txt. "
            "If it is a text, give it on standard input (-), a text a line"
        )
    check_readable(argument)
    return Path(argument)


def _text(argument: str) -> str:
    try:
        argument.encode()
    except UnicodeEncodeError:
        raise DataError(f"{cut(argument)}: this text is not UTF-8") from None
    return argument
