"""Lines and tables, on the screen and in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.cli.screen import Screen, show_notes, show_scores
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
