"""Lines, tables and figures on the terminal. The same lines go to log.txt, unbroken.

On a terminal lines are broken between words; in a pipe or a file each is one line, without colours. Colours mean: bold,
a headline; yellow, a note; green, the best so far.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from rich.console import Console

from ftcli.errors import printable
from ftcli.system import signals

if TYPE_CHECKING:
    from rich.status import Status

    from ftcli.runs.directory import RunDirectory

# Cells of a column of texts that is not the last one, on a terminal.
WIDEST = 40
# Cells that the last column has for itself on a terminal, or it goes on below the first one.
LEAST = 20


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

    def __init__(self, *, quiet: bool = False, errors: bool = False) -> None:
        """With `errors` all goes to standard error."""
        self.console: Console = _Console(
            highlight=False, soft_wrap=True, markup=False, emoji=False, quiet=quiet, stderr=errors
        )
        self._status: Status | None = None
        self._measured = ""
        self._waiting: list[str] = []
        self._directory: RunDirectory | None = None

    @property
    def width(self) -> int | None:
        """The cells of a line of the terminal; None where there is none, and lines may have any length."""
        return self.console.width if self.console.is_terminal else None

    def line(
        self,
        text: str = "",
        style: str | None = None,
        *,
        hang: int = 0,
        shown: bool = True,
        logged: bool = True,
    ) -> None:
        """Print and log one line; control characters from data are shown, not obeyed.

        Where it is broken, the lines after the first begin with `hang` blanks.
        """
        clean = printable(text)
        self._emit(clean, re.split(r"(?<=\S)( +)", clean), style, hang, shown=shown, logged=logged)

    def fields(self, fields: Sequence[str], style: str | None = None) -> None:
        """Print and log a line of fields, which is broken only between two of them."""
        clean = [printable(field) for field in fields]
        pieces = [part for field in clean for part in ("  ", field)][1:]
        self._emit("  ".join(clean), pieces, style, 2)

    def _emit(
        self,
        text: str,
        pieces: Sequence[str],
        style: str | None,
        hang: int,
        *,
        shown: bool = True,
        logged: bool = True,
    ) -> None:
        if shown:
            self._stop_status()
            lines = [text] if self.width is None else _broken(pieces, self.width, hang)
            self.console.print("\n".join(lines), style=style)
        if logged and self._directory is None:
            self._waiting.append(text)
        elif logged and self._directory is not None:
            self._directory.log(text)

    def log_to(self, directory: RunDirectory) -> None:
        """From now on lines are logged in `directory`, those so far first."""
        self._directory = directory
        for line in self._waiting:
            directory.log(line)
        self._waiting.clear()

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Says what takes a while, until the first line is there: on a terminal; elsewhere nothing goes away again."""
        if self.width is not None and not self.console.quiet:
            self._status = self.console.status(printable(what))
            self._status.start()
        try:
            yield
        finally:
            self._stop_status()

    def doing(self, what: str) -> None:
        """Says what of it is done now."""
        if self._status is not None:
            self._status.update(printable(what))

    def measuring(self, what: str, done: int, total: int) -> None:
        """Says what is measured, and how much of it is done: in place of `working` on a terminal; elsewhere once."""
        self.doing(f"{what}, {done:,} of {total:,} steps" if total else f"{what} ...")
        if self._status is None and self.width is None and what != self._measured:
            self.line(f"{what} ...", logged=False)
        self._measured = what

    def _stop_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def rows(
        self, rows: Iterable[Sequence[object]], indent: str = "  ", *, shown: bool = True, logged: bool = True
    ) -> None:
        """Print rows in aligned columns; figures to the right. A last column of texts is broken within itself."""
        rows = list(rows)
        cells = [[printable(_cell(value)) for value in row] for row in rows]
        self._table(cells, rows, indent, shown=False, logged=logged)
        if self.width is not None:
            cells = [[*(shortened(text, WIDEST) for text in row[:-1]), row[-1]] for row in cells]
        self._table(cells, rows, indent, shown=shown, logged=False)

    def _table(
        self,
        cells: Sequence[Sequence[str]],
        rows: Sequence[Sequence[object]],
        indent: str,
        *,
        shown: bool,
        logged: bool,
    ) -> None:
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        hang = len(indent) + sum(width + 2 for width in widths[:-1])
        for row, values in zip(cells, rows, strict=True):
            aligned = (
                _pad(width - cell_len(text)) + text
                if isinstance(value, int | float)
                else text + _pad(width - cell_len(text))
                for text, width, value in zip(row, widths, values, strict=True)
            )
            self.line(indent + "  ".join(aligned).rstrip(), hang=hang, shown=shown, logged=logged)


def _pad(cells: int) -> str:
    return " " * cells


def _broken(pieces: Sequence[str], width: int, hang: int) -> list[str]:
    """Lines of at most `width` cells, where that is possible without breaking a word.

    `pieces` are a word, the blanks after it, the next word, and so on.
    """
    lines, line = [], pieces[0]
    indent = _pad(hang if hang <= max(width // 3, width - LEAST) else 4)
    for gap, word in zip(pieces[1::2], pieces[2::2], strict=True):
        if word and cell_len(line) + len(gap) + cell_len(word) > width:
            lines.append(line)
            line = indent + word
        else:
            line += gap + word
    return [*lines, line]


def shortened(text: str, width: int | None) -> str:
    """The text in at most `width` cells, if that is given: its first words and dots."""
    if width is None or cell_len(text) <= width:
        return text
    kept = text
    while cell_len(kept) > width - 4:
        kept = kept[: len(kept) - max(1, (cell_len(kept) - width + 4) // 2)]
    words = kept.rpartition(" ")[0]
    return (words if len(words) > len(kept) // 2 else kept).rstrip(" ,;:.") + " ..."


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}" if abs(value) >= 1e-3 or value == 0 else f"{value:.1e}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def show_notes(screen: Screen, notes: Iterable[str], *, shown: bool = True) -> None:
    """A line for each note."""
    for note in notes:
        screen.line(f"note: {note}", style="yellow", hang=len("note: "), shown=shown)


def show_left_out(left_out: Iterable[str], what: str) -> None:
    """What cannot be used, if anything, on standard error; `what` is the word for what happened to the others."""
    for problem in left_out:
        lines = f"not {what}: {problem}".split("\n")
        print("\n".join(map(printable, lines)), file=sys.stderr)


def show_scores(
    screen: Screen,
    name: str,
    figures: Mapping[str, float],
    classes: Sequence[Mapping[str, Any]],
    most: int | None = None,
) -> None:
    """The figures of one split, then the table by class: all of it in the log, the worst `most` rows on the screen."""
    first, *others = (f"{figure} {value:.4f}" for figure, value in figures.items())
    screen.fields([f"{name}: {first}", *others], style="bold")
    if not classes:
        return
    head, rows = tuple(classes[0]), [tuple(row.values()) for row in classes]
    if most is None or len(rows) <= most:
        screen.rows([head, *rows])
        return
    screen.rows([head, *rows], shown=False)
    worst = sorted(classes, key=_quality)[:most]
    screen.rows([head, *(tuple(row.values()) for row in worst)], logged=False)


def _quality(row: Mapping[str, Any]) -> tuple[bool, float]:
    """Of a class: its F1, or the first figure of the row. Classes that do not occur come last."""
    figures = [value for value in row.values() if isinstance(value, float)]
    occurs = tuple(row.values())[-1] != 0
    return not occurs, float(row.get("f1", figures[0] if figures else 0.0))
