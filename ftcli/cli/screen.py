"""Lines, tables and figures on the terminal. The same lines go to log.txt."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ftcli.errors import printable
from ftcli.system import signals

if TYPE_CHECKING:
    from ftcli.runs.directory import RunDirectory


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """The output is no longer read, as with `| head`: the command goes on, and its lines are only logged."""
        self.quiet = True
        signals.discard_output()

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, unless the output cannot be written."""
        try:
            super().print(*objects, **options)
        # Such as a full disk.
        except OSError:
            self.on_broken_pipe()


class Screen:
    """Prints lines, unless it is quiet, and logs them; those before `log_to` are kept for it."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.console = _Console(highlight=False, soft_wrap=True, markup=False, emoji=False, quiet=quiet)
        self._waiting: list[str] = []
        self._directory: RunDirectory | None = None

    def line(self, text: str = "", style: str | None = None) -> None:
        """Print and log one line; control characters from data are shown, not obeyed."""
        clean = printable(text)
        self.console.print(clean, style=style)
        if self._directory is None:
            self._waiting.append(clean)
        else:
            self._directory.log(clean)

    def log_to(self, directory: RunDirectory) -> None:
        """From now on lines are logged in `directory`, those so far first."""
        self._directory = directory
        for line in self._waiting:
            directory.log(line)
        self._waiting.clear()

    def rows(self, rows: Iterable[Sequence[object]], indent: str = "  ") -> None:
        """Print rows in aligned columns; figures to the right."""
        rows = list(rows)
        cells = [[_cell(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row, values in zip(cells, rows, strict=True):
            aligned = (
                text.rjust(width) if isinstance(value, int | float) else text.ljust(width)
                for text, width, value in zip(row, widths, values, strict=True)
            )
            self.line(indent + "  ".join(aligned).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.1e}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def show_notes(screen: Screen, notes: Iterable[str]) -> None:
    """A line for each note."""
    for note in notes:
        screen.line(f"note: {note}", style="yellow")


def show_left_out(left_out: Iterable[str], what: str) -> None:
    """What cannot be used, if anything, on standard error; `what` is the word for what happened to the others."""
    for problem in left_out:
        lines = f"not {what}: {problem}".split("\n")
        print("\n".join(map(printable, lines)), file=sys.stderr)


def show_scores(
    screen: Screen, name: str, figures: Mapping[str, float], classes: Sequence[Mapping[str, Any]]
) -> None:
    """The figures of one split, then the table by class."""
    screen.line(
        f"{name}: " + "  ".join(f"{figure} {value:.4f}" for figure, value in figures.items()), style="bold"
    )
    if classes:
        screen.rows([tuple(classes[0]), *(tuple(row.values()) for row in classes)])
