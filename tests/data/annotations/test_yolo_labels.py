"""What the lines of YOLO's labels say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ftcli.data.annotations.yolo_labels import LineReader, corners, key_points, long_lines
from ftcli.data.annotations.yolo_settings import NO_POINTS, KeyPoints
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


def boxes(count: int, largest: float) -> NDArray[np.float64]:
    """Boxes anywhere in the image (N, 4): centre, width and height."""
    draw = np.random.default_rng(count)
    sides = draw.uniform(largest / 3, largest, (count, 2))
    return np.concatenate([draw.uniform(sides / 2, 1 - sides / 2), sides], axis=1)


@pytest.mark.parametrize("largest", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("count", [2, 4, 17])
def test_key_points_are_known_by_their_numbers(largest: float, size: int, count: int) -> None:
    draw, box = np.random.default_rng(0), boxes(40, largest)
    points = box[:, None, :2] + draw.uniform(-0.5, 0.5, (40, count, 2)) * box[:, None, 2:]
    points[draw.random((40, count)) < 0.1] = 0  # not visible
    if size == 3:
        points = np.concatenate([points, draw.integers(0, 3, (40, count, 1))], axis=2)
    assert key_points(np.concatenate([box, points.reshape(40, -1)], axis=1).tolist()) == KeyPoints(
        count, size
    )


@pytest.mark.parametrize("largest", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("corner", range(4))
@pytest.mark.parametrize("place", ["anywhere", "upper left", "slanted"])
def test_outlines_are_none(largest: float, corner: int, place: str) -> None:
    """Boxes with four corners, from any of them; also of objects that all lie where key points would fit."""
    box = boxes(40, largest)
    angles = np.roll([[-1, -1], [1, -1], [1, 1], [-1, 1]], corner, axis=0)
    if place == "slanted":
        angles = angles @ np.array([[0.6, 0.8], [-0.8, 0.6]]) / 2
    points = box[:, None, :2] + angles * box[:, None, 2:] / 2
    if place == "upper left":
        points = 0.25 + points / 4
    assert key_points(points.reshape(40, -1).tolist()) == NO_POINTS


def test_few_lines_and_lines_of_many_lengths_are_outlines(tmp_path: Path) -> None:
    line = [0.8, 0.8, 0.1, 0.1, 0.8, 0.8, 0.75, 0.75]
    assert key_points([line] * 5) == KeyPoints(2, 2)
    assert key_points([line] * 4) == NO_POINTS
    assert key_points([line] * 5 + [[*line, 0.8, 0.8]]) == NO_POINTS
    assert key_points([]) == NO_POINTS
    assert key_points([[0.8, 0.8, 0.1, 0.1, 0.8, 0.8, 2]]) == KeyPoints(1, 3)
    (tmp_path / "a.txt").write_text(
        "0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1 0.9\n0 0.1 0.2 0.3 0.4 0.5 0.6\n0 x x x x x x\n"
    )
    assert list(long_lines(tmp_path / "a.txt")) == [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]


def test_corners() -> None:
    assert corners([0.5, 0.5, 0.5, 0.25]) == [0.25, 0.375, 0.75, 0.625]
    assert corners([0.5, 0.1, 0.2, 0.9, 0.3, 0.3]) == [0.2, 0.1, 0.5, 0.9]
