"""Paths that a user gave: words for one that does not exist, and a refusal of what is not a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ftcli.errors import DataError, did_you_mean, listing


def no_such_path(path: Path) -> str:
    """Words for a path that does not exist: where it was looked for, and what is near."""
    parent = path.absolute().parent
    if not os.path.isdir(parent):
        return f"no such file or folder: {path.absolute()} (there is no folder {parent})"
    beside = sorted(entry.name for entry in parent.iterdir() if not entry.name.startswith("."))
    near = did_you_mean(path.name, beside)
    return f"no such file or folder: {path.absolute()}.{near} Beside it: {listing(beside, limit=8)}"


def check_readable(path: Path | str) -> None:
    """Raise `DataError` for a pipe or a device: opening one waits for its writer, and reading one may never end."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # whoever opens it says what is wrong
        return
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise DataError(f"{path} is a pipe or a device, and a file is wanted")
