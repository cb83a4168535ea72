"""The runs below a folder, and when they were written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ftcli.report.run import EXPERIMENT, SUMMARY
from ftcli.system.lock import NAME as LOCK

# Folders within folders in which runs are looked for.
_DEEPEST = 4
_MARKS = frozenset({EXPERIMENT, SUMMARY, LOCK})


def run_folders(folder: Path) -> Iterator[Path]:
    """The folders of runs in and below `folder`, itself included; also of those that have lost their experiment.

    Links and hidden folders are not followed, and what cannot be read is passed over. Raises `OSError` for `folder`.
    """
    yield from _below(folder, os.listdir(folder), 0)


def _below(folder: Path, names: list[str], depth: int) -> Iterator[Path]:
    if _MARKS.intersection(names) and (EXPERIMENT in names or "checkpoints" in names):
        yield folder
        return
    for name in sorted(names) if depth < _DEEPEST else ():
        path = folder / name
        if not name.startswith(".") and path.is_dir() and not path.is_symlink():
            with suppress(OSError):
                yield from _below(path, os.listdir(path), depth + 1)


def last_written(folder: Path) -> float:
    """When something in the folder of a run was last written, unix time in seconds; 0 where that cannot be seen."""
    times = [0.0]
    with suppress(OSError), os.scandir(folder) as entries:
        # The report may be made again at any time.
        files = (entry for entry in entries if entry.name in ("metrics.jsonl", SUMMARY, EXPERIMENT))
        for entry in files:
            with suppress(OSError):
                times.append(entry.stat(follow_symlinks=False).st_mtime)
    return max(times)
