"""What the lines of YOLO's labels say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.yolo.lines import LineReader, corners
from ftcli.data.yolo.settings import NO_POINTS, KeyPoints
from ftcli.errors import DataError


def read(
    tmp_path: Path, line: str, points: KeyPoints = NO_POINTS
) -> tuple[list[tuple[str, list[float]]], list[str]]:
    notes: list[str] = []
    (tmp_path / "a.txt").write_text(line)
    reader = LineReader(points, lambda words, count, where: notes.append(words))
    return list(reader.read(tmp_path / "a.txt", None)), notes


@pytest.mark.parametrize(
    ("line", "points", "sides"),
    [
        ("2.0 0.5 0.5 0.25 0.5", NO_POINTS, [0.375, 0.25, 0.625, 0.75]),
        ("2 0.5 0.5 0.25 0.5 1", NO_POINTS, [0.375, 0.25, 0.625, 0.75]),
        ("2 0.25 0.5 0.5 0.25 0.75 0.5", NO_POINTS, [0.25, 0.25, 0.75, 0.5]),
        ("2 0.25 0 0.5 0 0.5 1 0.25 1", NO_POINTS, [0.25, 0, 0.5, 1]),
        ("2 0.5 0.5 0.25 0.5 9 9 2", KeyPoints(1, 3), [0.375, 0.25, 0.625, 0.75]),
        ("2 0.5 0.5 0.25 0.5", KeyPoints(1, 3), [0.375, 0.25, 0.625, 0.75]),
        ("2 0.5 0.5 0.25 0.5 0.9", KeyPoints(1, 3), [0.375, 0.25, 0.625, 0.75]),
        ("2 0.5 0.5 0.25 0.5 0.4 0.4 0.6 0.6 0.9", KeyPoints(2, 2), [0.375, 0.25, 0.625, 0.75]),
    ],
)
def test_lines(tmp_path: Path, line: str, points: KeyPoints, sides: list[float]) -> None:
    assert read(tmp_path, line, points)[0] == [("2", sides)]


@pytest.mark.parametrize(
    ("line", "points", "said"),
    [
        ("0 0.5 0.5 0.1 0.1 0.1 0.1 0.1", NO_POINTS, "8 numbers: .*kpt_shape in data.yaml says how many"),
        ("0 0.5 0.5 0.1 0.1 -0.7", NO_POINTS, r"6 numbers, of which the last \(-0.7\) is not a confidence"),
        (
            "0 0.5 0.5 0.1 0.1 0.1 0.1",
            KeyPoints(2, 2),
            "7 numbers: a class, a box and 2 key points of 2 numbers are 9",
        ),
        ("-1 0.5 0.5 0.1 0.1", NO_POINTS, "the class is '-1': a whole number from 0 is wanted"),
        ("0.5 0.5 0.5 0.1 0.1", NO_POINTS, "the class is '0.5'"),
        ("nan 0.5 0.5 0.1 0.1", NO_POINTS, "the class is 'nan'"),
        ("0 nan 0.5 0.1 0.1", NO_POINTS, "a number lies outside 0 to 1"),
        ("0,0.5,0.5,0.1,0.1", NO_POINTS, "the class is '0,0.5,0.5,0.1,0.1'"),
    ],
)
def test_lines_that_are_wrong(tmp_path: Path, line: str, points: KeyPoints, said: str) -> None:
    with pytest.raises(DataError, match=rf"a\.txt:1: {said}"):
        read(tmp_path, line, points)


def test_corners() -> None:
    assert corners([0.5, 0.5, 0.5, 0.25]) == [0.25, 0.375, 0.75, 0.625]
    assert corners([0.5, 0.1, 0.2, 0.9, 0.3, 0.3]) == [0.2, 0.1, 0.5, 0.9]
