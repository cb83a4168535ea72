"""Lines and tables, on the screen and in the log."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from ftcli.cli.screen import Screen, shortened, show_notes, show_scores
from ftcli.runs.directory import RunDirectory


def test_figures_are_aligned_to_the_right_and_words_to_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().rows([("block", "weights"), ("stem", 1200), ("layer1", 7)])
    assert capsys.readouterr().out.splitlines() == [
        "  block   weights",
        "  stem      1,200",
        "  layer1        7",
    ]


def test_small_figures_keep_their_digits(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().rows([(0.5, 1e-5, 0.0)], indent="")
    assert capsys.readouterr().out == "0.5000  1.0e-05  0.0000\n"


def test_lines_wait_for_the_log_and_control_characters_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen, directory = Screen(quiet=True), RunDirectory(tmp_path)
    screen.line("before \x1b[31m")
    screen.log_to(directory)
    show_notes(screen, ["after"])
    assert (tmp_path / "log.txt").read_text().splitlines() == ["before \\x1b[31m", "note: after"]
    assert capsys.readouterr().out == ""


def test_scores_are_a_line_and_a_table_by_class(capsys: pytest.CaptureFixture[str]) -> None:
    show_scores(Screen(), "val", {"loss": 0.25, "accuracy": 1.0}, [{"class": "red", "f1": 1.0}])
    assert capsys.readouterr().out.splitlines() == [
        "val: loss 0.2500  accuracy 1.0000", "  class  f1", "  red    1.0000"
    ]  # fmt: skip


def on_terminal(width: int) -> Screen:
    """A screen that prints into `printed`, as on a terminal of so many cells."""
    screen = Screen()
    screen.console = Console(
        file=io.StringIO(), force_terminal=True, width=width, soft_wrap=True, highlight=False, markup=False,
        color_system=None,
    )  # fmt: skip
    return screen


def printed(screen: Screen) -> list[str]:
    assert isinstance(screen.console.file, io.StringIO)
    return screen.console.file.getvalue().splitlines()


def test_on_a_terminal_lines_are_broken_between_words_and_logged_whole(tmp_path: Path) -> None:
    screen = on_terminal(20)
    screen.log_to(RunDirectory(tmp_path))
    show_notes(screen, ["3 of 80 files are broken"])
    screen.fields(["val: loss 0.25", "accuracy 0.5", "f1 0.25"])
    screen.line("a/path/that/is/longer/than/a/line stays whole")
    assert printed(screen) == [
        "note: 3 of 80 files", "      are broken",
        "val: loss 0.25", "  accuracy 0.5", "  f1 0.25",
        "a/path/that/is/longer/than/a/line", "stays whole",
    ]  # fmt: skip
    assert (tmp_path / "log.txt").read_text().splitlines() == [
        "note: 3 of 80 files are broken",
        "val: loss 0.25  accuracy 0.5  f1 0.25",
        "a/path/that/is/longer/than/a/line stays whole",
    ]


def test_the_last_column_of_a_table_is_broken_within_itself() -> None:
    screen = on_terminal(34)
    screen.rows([("kept", "inputs in a folder of the user"), ("device", "cpu")])
    assert printed(screen) == ["  kept    inputs in a folder of", "          the user", "  device  cpu"]
    screen = on_terminal(24)
    screen.rows([("data.workers", "few examples")])
    assert printed(screen) == ["  data.workers  few", "    examples"]


def test_wide_characters_take_two_cells() -> None:
    screen = on_terminal(80)
    screen.rows([("class", "f1"), ("雏菊", 0.5), ("rose", 0.25)])
    assert [cell_len(line[: line.index("0.")]) for line in printed(screen)[1:]] == [9, 9]


@pytest.mark.parametrize(
    ("text", "width", "short"),
    [("five words are", 14, "five words are"), ("five words are too many", 16, "five words ..."),
     ("averylongnameofafile", 12, "averylon ..."), ("anything at all", None, "anything at all")],
)  # fmt: skip
def test_a_text_is_shortened_at_a_word(text: str, width: int | None, short: str) -> None:
    assert shortened(text, width) == short


def waits(screen: Screen) -> bool:
    return screen._status is not None


def test_what_takes_a_while_is_said_until_a_line_is_there() -> None:
    screen = on_terminal(80)
    with screen.working("opening x.yaml ..."):
        assert waits(screen)
        screen.line("a line")
        assert not waits(screen)
    with pytest.raises(ValueError, match="wrong"), screen.working("opening x.yaml ..."):
        raise ValueError("wrong")
    assert not waits(screen)


def test_the_worst_classes_are_shown_and_all_are_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    screen.log_to(RunDirectory(tmp_path))
    figures = {"a": (0.9, 5), "b": (0.2, 5), "c": (0.0, 0), "d": (0.5, 5)}
    rows = [{"class": name, "f1": f1, "support": count} for name, (f1, count) in figures.items()]
    show_scores(screen, "val", {"accuracy": 0.5}, rows, most=2)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["val:", "class", "b", "d"]
    logged = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.split()[0] for line in logged] == ["val:", "class", "a", "b", "c", "d"]
