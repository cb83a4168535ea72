"""The predictions of two runs, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.report.predictions import Predicted, aligned, read_predictions
from ftcli.system.bounded import UnreadableError
from tests.report.making import make_run, predictions

FIRST = [float(row % 7 != 3) for row in range(80)]
SECOND = [float(row % 5 != 1) for row in range(80)]


def two(tmp_path: Path, other: str) -> tuple[Path, Path]:
    one = make_run(tmp_path / "one", right=FIRST)
    (tmp_path / "two").mkdir()
    (tmp_path / "two/predictions.csv").write_text(other)
    return one, tmp_path / "two"


def both(one: Path, other: Path) -> tuple[Sequence[Predicted], Sequence[Predicted]]:
    return aligned(read_predictions(one), read_predictions(other))


def test_another_order_is_the_same_examples(tmp_path: Path) -> None:
    header, *rows = predictions(SECOND).splitlines()
    first, second = both(*two(tmp_path, "\n".join([header, *reversed(rows)])))
    assert [row.score for row in first] == FIRST
    assert [row.score for row in second] == SECOND


def test_texts_that_occur_twice_are_the_same_in_the_same_order(tmp_path: Path) -> None:
    text = "id,true,predicted,score\n" + 'good,pos,neg,0\n"good",pos,pos,1\n'
    one, other = two(tmp_path, text)
    (one / "predictions.csv").write_text(text)
    first, second = both(one, other)
    assert first == second


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (predictions(SECOND[:60]), "they have scored different examples: 80 and 60, of which 60 are in both"),
        (predictions(SECOND).replace("9.jpg,tulips", "9.jpg,roses"), "the same examples have other labels: "),
        ("id,true\n", "predictions.csv of two has no column predicted, score"),
        ("id,true,predicted,score\n", "predictions.csv of two has no examples"),
        ("id,true,predicted,score\na,b,c,\n", "predictions.csv of two cannot be read"),
        ("id,true,predicted,score\na,b,c,nan\n", "predictions.csv of two has examples without a score"),
        ("id,true,predicted,score\na\n", "predictions.csv of two cannot be read"),
        ("id,true,predicted,score\n" + '"' + "a" * 200_000, "predictions.csv of two cannot be read"),
        ("", "predictions.csv of two has no column"),
    ],
)
def test_what_cannot_be_compared_is_said(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=problem):
        both(*two(tmp_path, text))


def test_a_run_without_predictions_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"predictions.csv of x is missing"):
        read_predictions(tmp_path / "x")


def test_a_text_may_be_long(tmp_path: Path) -> None:
    path = make_run(tmp_path / "run")
    (path / "predictions.csv").write_text(predictions([1.0, 0.0], ("x" * 200_000, "y")))
    assert [row.score for row in read_predictions(path)] == [1.0, 0.0]
