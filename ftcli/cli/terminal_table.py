"""A table for a terminal: all rows, in columns that fit its width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ftcli.cli.predictions import printable_row
from ftcli.cli.screen import Screen
from ftcli.runs.outcomes.cells import Row

# Of the terminal's width, what a column of paths may take.
_SHARE = 0.36
_SHORTEST = 12
# Between two columns.
GAP = 2
_NUMBER = re.compile(r"-?[\d.,]*")


def show_rows(screen: Screen, rows: Sequence[Row], *, paths: str, wrapped: str = "") -> None:
    """Print rows with the columns of the first: as a table on a terminal, elsewhere a line each."""
    if screen.console.is_terminal:
        show_table(rows, screen.console, paths=paths, wrapped=wrapped)
    elif rows:
        texts = [printable_row(row) for row in rows]
        screen.rows([tuple(texts[0]), *(tuple(row.values()) for row in texts)], indent="")


def show_table(rows: Iterable[Row], console: Console, *, paths: str, wrapped: str = "") -> None:
    """Print rows with the columns of the first; nothing without any.

    Numbers are to the right. In the column `paths` long texts are shortened in the middle; all others are wrapped, or
    only the column `wrapped` where that is enough.
    """
    most = max(_SHORTEST, int(console.width * _SHARE))
    shown = [_shortened(printable_row(row), paths, most) for row in rows]
    if not shown:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    widths = {
        name: max(cell_len(text) for text in (name, *(row[name] for row in shown))) for name in shown[0]
    }
    rest = console.width - sum(width + GAP for name, width in widths.items() if name != wrapped)
    for name, width in widths.items():
        table.add_column(
            _text(name),
            justify="right" if all(_NUMBER.fullmatch(row[name]) for row in shown) else "left",
            overflow="fold",
            no_wrap=name == paths,
            width=min(width, rest) if name == wrapped and rest >= _SHORTEST else None,
        )
    for row in shown:
        table.add_row(*map(_text, row.values()))
    console.print(table, soft_wrap=False)


def _shortened(row: dict[str, str], paths: str, most: int) -> dict[str, str]:
    return {name: shortened_middle(text, most) if name == paths else text for name, text in row.items()}


def _text(text: str) -> Text:
    # A string would be read as rich's markup.
    return Text(text)


def shortened_middle(text: str, width: int) -> str:
    """A text of at most so many characters: its beginning and its end, by which a path is known."""
    if len(text) <= width:
        return text
    end = (width - 1) * 2 // 3
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"
