"""report.html, curves.svg and README.md of a run, made of its other files."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ftcli.card.answers import is_ours
from ftcli.card.card import card
from ftcli.card.facts import LARGEST_CARD
from ftcli.errors import RunError, command
from ftcli.report.curves import curves_svg
from ftcli.report.files import read_text
from ftcli.report.page import page
from ftcli.report.run import read_run
from ftcli.runs.directory import RunDirectory
from ftcli.runs.files.run_files import CARD, REPORT
from ftcli.system.bounded import UnreadableError

# Times that a file is made while the run ends and goes on.
_MOST = 3


def report_run(directory: RunDirectory) -> Path:
    """Write the report of a run as it is now, also of one that another process trains; the path of the page."""

    def write() -> None:
        run = read_run(directory.path)
        directory.write_report(page([run]), curves_svg(run))

    _made(directory, write)
    return directory.path / REPORT


def card_run(directory: RunDirectory, *, force: bool = False) -> Path:
    """Write the card of a run as it is now, with the answers of the one that is there; its path.

    Raises `RunError` where that is not one of ours, or was changed elsewhere than in its answers, unless with `force`.
    """
    path = directory.path / CARD
    if not force and not _may_be_replaced(path):
        again = command("card", directory.path, "--force")
        raise RunError(f"{path} was not made by ftcli, or edited outside of its answers. Replace it: {again}")
    _made(directory, lambda: directory.write_card(card(directory.path)))
    return path


def _may_be_replaced(path: Path) -> bool:
    """Whether there is no card, or one of ours with nothing but answers changed."""
    try:
        return is_ours(read_text(path, LARGEST_CARD))
    except FileNotFoundError:
        return True
    except (OSError, UnreadableError):
        return False


def _made(directory: RunDirectory, write: Callable[[], None]) -> None:
    """Call `write`, which reads the files of a run and writes one.

    Where the run ends or goes on meanwhile, what its training writes would be replaced by this older one, so that it is
    made again.
    """
    for _ in range(_MOST):
        before = _ending(directory)
        write()
        if _ending(directory) == before:
            break


def _ending(directory: RunDirectory) -> tuple[int, int] | None:
    """By what another end of the run is known; None before its end."""
    try:
        status = os.lstat(directory.path / "summary.json")
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def write_papers(directory: RunDirectory) -> str | None:
    """Write the report and the card of a run that has ended well, which it does also where they cannot be written.

    Gives the notes about what was wrong, which are in log.txt then, or None. A card that a person has edited stays.
    """
    notes = [write_report(directory), _tried(directory, "card", card_run)]
    return "\n".join(note for note in notes if note) or None


def write_report(directory: RunDirectory) -> str | None:
    """Write the report alone, in the same way."""
    return _tried(directory, "report", report_run)


def _tried(directory: RunDirectory, what: str, write: Callable[[RunDirectory], Path]) -> str | None:
    try:
        write(directory)
    except Exception as error:
        note = f"note: the {what} was not written: {type(error).__name__}: {error}"
        with suppress(RunError):
            directory.log(note)
        return note
    return None


def withdraw_card(directory: RunDirectory) -> None:
    """Of a run that goes on, make the card again: its figures no longer hold, and the answers stay."""
    if os.path.lexists(directory.path / CARD):
        _tried(directory, "card", card_run)
