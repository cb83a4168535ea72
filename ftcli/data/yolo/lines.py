"""The lines of YOLO's labels: a class, and a box, an outline, or a box with key points, as fractions of the image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ftcli.data.yolo.box_order import SLACK, BoxOrder
from ftcli.data.yolo.images import Odd
from ftcli.data.yolo.names import Names
from ftcli.data.yolo.settings import KeyPoints, text_lines
from ftcli.errors import DataError

BOX = 4  # numbers of a box

Line = tuple[str, list[float]]  # a class, and left, top, right and bottom


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads lines in which `points` follow the box."""

    points: KeyPoints
    odd: Odd
    order: BoxOrder = field(default_factory=BoxOrder)

    def read(self, path: Path, names: Names | None) -> Iterator[Line]:
        """Class and corners of each line. Raises `DataError`, naming the line."""
        for number, words in rows(path):
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
        if len(box) == BOX:
            self.order.add(box)
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


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that has some, and its number from 1. Raises `DataError`."""
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
