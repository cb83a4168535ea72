"""A table for a terminal: all rows, in columns that fit its width."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ftcli.cli.predictions import printable_row
from ftcli.runs.outcomes.cells import Row

# Of the terminal's width, what a column of paths may take.
_SHARE = 0.36
_SHORTEST = 12


def show_table(rows: Iterable[Row], console: Console, *, paths: str) -> None:
    """Print rows with the columns of the first; nothing without any.

    Numbers are to the right. In the column `paths` long texts are shortened in the middle, all others are wrapped.
    """
    rows = list(rows)
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for name in rows[0]:
        numbers = all(isinstance(row[name], int | float | None) for row in rows)
        justify, wrapped = ("right", False) if numbers else ("left", name != paths)
        table.add_column(_text(name), justify=justify, overflow="fold", no_wrap=not wrapped)  # type: ignore[arg-type]
    most = max(_SHORTEST, int(console.width * _SHARE))
    for row in map(printable_row, rows):
        table.add_row(
            *(_text(shortened_middle(cell, most) if name == paths else cell) for name, cell in row.items())
        )
    console.print(table, soft_wrap=False)


def _text(text: str) -> Text:
    # A string would be read as rich's markup.
    return Text(text)


def shortened_middle(text: str, width: int) -> str:
    """A text of at most so many characters: its beginning and its end, by which a path is known."""
    if len(text) <= width:
        return text
    end = (width - 1) * 2 // 3
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"
