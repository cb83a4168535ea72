"""report.html and curves.svg of a run, made of its other files."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from ftcli.errors import RunError
from ftcli.report.curves import curves_svg
from ftcli.report.page import page
from ftcli.report.run import read_run
from ftcli.runs.directory import RunDirectory
from ftcli.runs.files.run_files import REPORT

# Times that a report is made while the run ends and goes on.
_MOST = 3


def report_run(directory: RunDirectory) -> Path:
    """Write the report of a run as it is now, also of one that another process trains; the path of the page.

    Where it ends or goes on meanwhile, the report that its training writes would be replaced by this older one, so that
    it is made again.
    """
    for _ in range(_MOST):
        before = _ending(directory)
        run = read_run(directory.path)
        directory.write_report(page([run]), curves_svg(run))
        if _ending(directory) == before:
            break
    return directory.path / REPORT


def _ending(directory: RunDirectory) -> tuple[int, int] | None:
    """By what another end of the run is known; None before its end."""
    try:
        status = os.lstat(directory.path / "summary.json")
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def write_report(directory: RunDirectory) -> str | None:
    """Write the report of a run that has ended well, which it does also where the report cannot be written.

    Gives the note about what was wrong, which is in log.txt then, or None.
    """
    try:
        report_run(directory)
    except Exception as error:
        note = f"note: the report was not written: {type(error).__name__}: {error}"
        with suppress(RunError):
            directory.log(note)
        return note
    return None
