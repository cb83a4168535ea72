"""Tables that fit a terminal and cannot steer it."""

from __future__ import annotations

import io
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from ftcli.cli.terminal_table import shortened_middle, show_table


def shown(rows: list[dict[str, Any]], width: int = 60) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    show_table(rows, console, paths="id")
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_all_rows_fit_the_width() -> None:
    rows = [{"id": f"photos/{'very/' * 30}{n}.jpg", "label": "long words " * 12, "n": n} for n in range(50)]
    lines = shown(rows)
    assert max(map(cell_len, lines)) <= 60
    assert sum(".jpg" in line for line in lines) == 50
    # Wrapped, not cut.
    assert sum(line.count("words") for line in lines) == 50 * 12


def test_numbers_are_to_the_right() -> None:
    lines = shown([{"id": "a", "value": 5}, {"id": "b", "value": None}, {"id": "c", "value": 1234}])
    assert lines[2:] == ["a       5", "b", "c    1234"]


def test_markup_and_control_characters_are_shown_as_they_are() -> None:
    text = "\n".join(shown([{"id": "[red]a[/red]", "label": "x\x1b[31m:smile:\u202e"}]))
    assert "[red]a[/red]" in text
    assert "x\\x1b[31m:smile:\\u202e" in text


def test_no_rows_are_no_table() -> None:
    assert shown([]) == []


def test_a_path_is_known_by_its_ends() -> None:
    assert shortened_middle("a/b.jpg", 7) == "a/b.jpg"
    short = shortened_middle("photos/flowers/daisy/100080576_f52e8ee070_n.jpg", 20)
    assert len(short) == 20
    assert short == "photos/…8ee070_n.jpg"
