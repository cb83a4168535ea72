"""Whether key points follow the boxes of YOLO's labels, where nothing says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftcli.data.yolo.box_order import SLACK
from ftcli.data.yolo.images import LabelFiles, Pictures
from ftcli.data.yolo.lines import BOX, rows
from ftcli.data.yolo.settings import NO_POINTS, POINT_SIZES, KeyPoints
from ftcli.errors import DataError

LOOKED_AT = 1000  # files of labels that tell
LEAST = 5  # lines that can tell


def long_lines(path: Path) -> Iterator[list[float]]:
    """The numbers after the class of lines that are more than a box. A line that cannot be read is left out."""
    try:
        for _, words in rows(path):
            if len(words) > BOX + 2:
                yield [float(word) for word in words[1:]]
    except (DataError, ValueError):
        return


def key_points(lines: Sequence[Sequence[float]]) -> KeyPoints:
    """The key points that lines have by their numbers alone; `NO_POINTS` where they may as well be outlines.

    All lines must have as many numbers, and a box within the image first. Then come points with 0, 1 or 2 for their
    visibility; or points that lie in the box of every line, which most lines could hardly have as outlines.
    """
    if len({len(line) for line in lines}) != 1:
        return NO_POINTS
    values = np.array(lines, dtype=np.float64)
    rest, (flat, visible) = values.shape[1] - BOX, POINT_SIZES
    if not _boxes_in_image(values).all():
        return NO_POINTS
    if rest % visible == 0 and np.isin(values[:, BOX + 2 :: visible], (0, 1, 2)).all():
        no_outline = values.shape[1] % 2 or values.max() > 1 + SLACK
        if no_outline or len(values) >= LEAST:
            return KeyPoints(rest // visible, visible)
    if rest % flat:
        return NO_POINTS
    # One point more makes a triangle, and these look so now and then.
    least = LEAST if rest > flat else 2 * LEAST
    no_outlines = 2 * np.count_nonzero(_far(values) | _filled(values)) >= len(values) >= least
    return KeyPoints(rest // flat, flat) if no_outlines and _in_box(values).all() else NO_POINTS


def _boxes_in_image(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of lines (N, M): whether the first four numbers are a box within the image (N,)."""
    centre, half = values[:, :2], values[:, 2:4] / 2
    inside = (half > 0) & (centre - half >= -SLACK) & (centre + half <= 1 + SLACK)
    return np.asarray(inside.all(axis=1))


def _points(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The numbers of lines (N, M) in pairs (N, M / 2, 2); those at 0, 0 are not visible, and put on the first."""
    points = values.reshape(len(values), -1, 2)
    return np.where((points == 0).all(axis=2, keepdims=True), points[:, :1], points)


def _in_box(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of lines (N, M): whether all points after the box lie in it (N,)."""
    points = _points(values)
    inside = np.abs(points[:, 2:] - points[:, :1]) <= points[:, 1:2] / 2 + SLACK
    return np.asarray(inside.all(axis=(1, 2)))


def _filled(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of lines (N, M): whether the points after the box are as far apart as half its width or height (N,)."""
    points = _points(values)
    return np.asarray((2 * np.ptp(points[:, 2:], axis=1) >= points[:, 1]).any(axis=1))


def _far(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of lines (N, M) as outlines: whether the second point is farther from all others than those are apart (N,)."""
    points = _points(values)
    second, others = points[:, 1], np.delete(points, 1, axis=1)
    low, high = others.min(axis=1), others.max(axis=1)
    apart = (high - low).max(axis=1, keepdims=True)
    return np.asarray(((second < low - apart) | (second > high + apart)).any(axis=1))


@dataclass(slots=True)
class PointsOfSet:
    """The key points of a data set: as stated, or as lines of all splits have them. They are looked at once."""

    stated: KeyPoints | None
    splits: Sequence[Pictures]
    _seen: KeyPoints | None = None

    def get(self) -> KeyPoints:
        """The key points; `NO_POINTS` for none."""
        if self.stated is not None:
            return self.stated
        if self._seen is None:
            files = [file for pictures in self.splits for file in _files(pictures)]
            chosen = files[:: max(1, len(files) // LOOKED_AT)]
            self._seen = key_points([line for file in chosen for line in long_lines(file)])
        return self._seen

    @property
    def guessed(self) -> bool:
        """Whether there are some that nothing states."""
        return self.stated is None and self.get().count > 0


def _files(pictures: Pictures) -> Iterator[Path]:
    """The files of labels of a split, without one that cannot be read: it is reported when the split is opened."""
    labels = LabelFiles()
    try:
        for name in pictures.names():
            if (file := labels.of(pictures.base / name)) is not None:
                yield file
    except DataError:
        return
