"""Key points that are known by the numbers of lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ftcli.data.yolo.images import Pictures
from ftcli.data.yolo.key_points import PointsOfSet, key_points, long_lines
from ftcli.data.yolo.settings import NO_POINTS, KeyPoints, Settings


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
    assert [key_points([line[:6]] * count) for count in (9, 10)] == [NO_POINTS, KeyPoints(1, 2)]
    assert key_points([[0.8, 0.8, 0.1, 0.1, 0.8, 0.8, 2]]) == KeyPoints(1, 3)
    (tmp_path / "a.txt").write_text(
        "0 0.5 0.5 0.1 0.1\n0 0.5 0.5 0.1 0.1 0.9\n0 0.1 0.2 0.3 0.4 0.5 0.6\n0 x x x x x x\n"
    )
    assert list(long_lines(tmp_path / "a.txt")) == [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]


def test_all_splits_tell(tmp_path: Path) -> None:
    """One line is too few: the other split has those that tell."""
    line = "0 0.8 0.8 0.1 0.1 0.8 0.8 0.75 0.75\n"
    for name, lines in (("a", line), ("b", line * 5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").touch()
        (tmp_path / name / "1.txt").write_text(lines)
    splits = [Pictures(Settings(tmp_path), (tmp_path / name,)) for name in ("a", "gone.txt", "b")]
    assert PointsOfSet(None, splits[:1]).get() == NO_POINTS
    assert (PointsOfSet(None, splits).get(), PointsOfSet(None, splits).guessed) == (KeyPoints(2, 2), True)
    assert (PointsOfSet(NO_POINTS, splits).get(), PointsOfSet(NO_POINTS, splits).guessed) == (
        NO_POINTS,
        False,
    )
