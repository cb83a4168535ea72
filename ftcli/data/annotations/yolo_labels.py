"""The lines of YOLO's labels: a class, and a box, an outline, or a box with key points, as fractions of the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.yolo_images import LIST, LabelFiles, Odd, Pictures
from ftcli.data.annotations.yolo_names import ClassNames, Names
from ftcli.data.annotations.yolo_settings import NO_POINTS, POINT_SIZES, KeyPoints, text_lines
from ftcli.errors import DataError, listing

BOX = 4  # numbers of a box
SLACK = 0.02  # by which a fraction may lie outside [0, 1]: rounding, and boxes at the border
LOOKED_AT = 1000  # files of labels that tell whether key points follow the boxes
LEAST = 5  # lines that can tell key points from outlines

Line = tuple[str, list[float]]  # a class, and left, top, right and bottom


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines in which `points` follow the box."""

    points: KeyPoints
    odd: Odd

    def read(self, path: Path, names: Names | None) -> Iterator[Line]:
        """Class and corners of each line. Raises `DataError`, naming the line."""
        for number, words in _rows(path):
            try:
                yield self._line(words, names, f"{path}:{number}")
            except ValueError as error:
                raise DataError(f"{path}:{number}: {error}") from None

    def _line(self, words: Sequence[str], names: Names | None, where: str) -> Line:
        number = _class(words[0])
        name = str(number) if names is None else names.of(number)
        box = self._box([float(word) for word in words[1:]], where)
        if not all(-SLACK <= value <= 1 + SLACK for value in box):
            raise ValueError(
                "a number lies outside 0 to 1: fractions of the image's sides are wanted, not pixels"
            )
        return name, corners(box)

    def _box(self, values: list[float], where: str) -> list[float]:
        """The numbers of the box, or of the outline that it is round. Raises `ValueError`."""
        points, count = self.points, len(values)
        if count in (BOX + 1, points.numbers + 1):
            self._check_confidence(values[-1], count)
            self.odd("lines that end in a confidence, as predictions have it, which is not read", 1, where)
            count -= 1
        if points.count and count == points.numbers:
            self.odd(f"boxes with {points.count} key points, which are not read", 1, where)
            return values[:BOX]
        if count == BOX:
            return values[:BOX]
        if points.count:
            raise ValueError(
                f"{len(values) + 1} numbers: a class, a box and {points.count} key points of {points.size} numbers "
                f"are {points.numbers + 1}"
            )
        if count < BOX or count % 2:
            raise ValueError(
                f"{len(values) + 1} numbers: class centre-x centre-y width height is wanted, or an outline, which "
                "has x and y of each point; where key points follow the box, kpt_shape in data.yaml says how many"
            )
        return values

    def _check_confidence(self, value: float, count: int) -> None:
        if not 0 <= value <= 1:
            raise ValueError(
                f"{count + 1} numbers, of which the last ({value:g}) is not a confidence from 0 to 1. Boxes with an "
                "angle are not read: write their four corners"
            )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that has some, and its number from 1."""
    for number, line in enumerate(text_lines(path), 1):
        if words := line.split():
            yield number, words


def _class(word: str) -> int:
    """A whole number, however it is written."""
    try:
        number = float(word)
    except ValueError:
        number = -1
    if not (number >= 0 and number.is_integer()):
        raise ValueError(f"the class is {word!r}: a whole number from 0 is wanted")
    return int(number)


def corners(values: Sequence[float]) -> list[float]:
    """Left, top, right and bottom of a box, or of the smallest one round an outline."""
    if len(values) > BOX:
        return [min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])]
    x, y, width, height = values
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def long_lines(path: Path) -> Iterator[list[float]]:
    """The numbers after the class of lines that are more than a box. A line that cannot be read is left out."""
    try:
        for _, words in _rows(path):
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
    no_outlines = 2 * np.count_nonzero(_far(values) | _filled(values)) >= len(values) >= LEAST
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


@dataclass(slots=True)
class Labels:
    """What the files of labels say of the images of a split; `names` are None where numbers are the classes.

    `notes_before` are on how the split was found.
    """

    pictures: Pictures
    names: ClassNames | None
    points: PointsOfSet
    notes_before: tuple[str, ...] = ()
    folder: Path | None = None
    skipped: tuple[str, ...] = ()
    _odd: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        return self.names.known() if self.names is not None else ()

    def __iter__(self) -> Iterator[Annotated]:
        """Raises `DataError` where no image has a file of labels: it is not called for one without objects then."""
        files, reader = LabelFiles(), LineReader(self.points.get(), self._add)
        images = labelled = 0
        for image in self.pictures.names(self._add):
            images += 1
            path = self.pictures.base / image
            file = files.of(path, self._add)
            if file is None:
                self._add("images without a file of labels, taken for images without objects", 1, image)
            labelled += file is not None
            yield self._annotated(image, file or files.folders(path.parent)[0] / f"{path.stem}{LIST}", reader)
        if images and not labelled:
            folders = listing(files.looked_in(), 4)
            raise DataError(
                f"{self.pictures.name}: none of its {images:,} images has a file of labels in {folders}"
            )
        for spare in files.spare() if all(place.is_dir() for place in self.pictures.places) else ():
            self._add("files of labels without an image, not used", 1, str(spare))

    def _annotated(self, image: str, file: Path, reader: LineReader) -> Annotated:
        names = self.names.of(file.parent) if self.names is not None else None
        lines = list(reader.read(file, names)) if file.is_file() else []
        sides = np.array([sides for _, sides in lines], dtype=np.float64).reshape(-1, 4)
        return Annotated(image, sides, [name for name, _ in lines], str(file), fractions=True)

    def _add(self, words: str, count: int, where: str) -> None:
        before, first = self._odd.get(words, (0, where))
        self._odd[words] = before + count, first

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd, once all images were read."""
        name, points = self.pictures.name, self.points.get()
        found = list(self.notes_before)
        if self.points.guessed:
            found.append(
                f"{name}: lines are taken for boxes with {points.count} key points of {points.size} numbers, as their "
                "numbers tell; kpt_shape in data.yaml says how many there are, or [0, 0] where lines are outlines"
            )
        found += [
            f"{name}: {words}: {count:,}, the first in {first}" for words, (count, first) in self._odd.items()
        ]
        return (*found, *(self.names.notes() if self.names is not None else ()))
