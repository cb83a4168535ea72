"""Paths that a user gave: words for one that does not exist, and a refusal of what is not a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ftcli.errors import DataError, did_you_mean, listing


def no_such_path(path: Path) -> str:
    """Words for a path that does not exist: where it was looked for, and what is near, or else beside it."""
    there = path.absolute()
    words, missing = f"no such file or folder: {there}", there
    while not os.path.isdir(missing.parent) and missing.parent != missing:
        missing = missing.parent
    if missing != there:
        words += f" (there is no folder {missing})"
    beside = _visible(missing.parent)
    if near := did_you_mean(missing.name, beside):
        return f"{words}.{near}"
    return words if missing != there else f"{words}. Beside it: {listing(beside, limit=8)}"


def _visible(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError:
        return []


def check_readable(path: Path | str) -> None:
    """Raise `DataError` for a pipe or a device: opening one waits for its writer, and reading one may never end."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # whoever opens it says what is wrong
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{path} is a pipe or a device, and a file is wanted")
