"""Whether the numbers of boxes are centre, width and height, as YOLO has them, or sides or corners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SLACK = 0.02  # by which a fraction may lie outside [0, 1]: rounding, and boxes at the border
LEAST = 5  # boxes, and one in so many, that must reach outside their image


@dataclass(slots=True)
class BoxOrder:
    """Counts the boxes that reach outside their image as they are read, and would as other tools write them."""

    boxes: int = 0
    outside: int = 0
    by_corners: int = 0
    by_sides: int = 0

    def add(self, values: Sequence[float]) -> None:
        """Take the four numbers of one box."""
        x, y, first, second = values
        self.boxes += 1
        self.outside += not (
            _inside(x - first / 2, x + first / 2) and _inside(y - second / 2, y + second / 2)
        )
        self.by_corners += not (first > x and second > y)
        self.by_sides += not (_inside(x, x + first) and _inside(y, y + second))

    def note(self) -> str | None:
        """What is said where many reach outside, and in another order none would."""
        if self.outside < LEAST or LEAST * self.outside < self.boxes or (self.by_corners and self.by_sides):
            return None
        better = "left, top, width, height" if self.by_corners else "left, top, right, bottom"
        return (
            f"{self.outside:,} of {self.boxes:,} boxes reach outside their image. None would if their numbers were "
            f"{better}: centre-x, centre-y, width, height are wanted, and were taken for it"
        )


def _inside(low: float, high: float) -> bool:
    return low >= -SLACK and high <= 1 + SLACK
