"""A curve of any length as at most `MOST` points, in little memory, while it is read.

Of each stretch its lowest and its highest point are kept, so that a spike is still there.
"""

from __future__ import annotations

Point = tuple[float, float]
MOST = 400


class Thinned:
    """Points are added in order of x; `points` gives those to draw."""

    def __init__(self) -> None:
        # Of each stretch of as many points as all others but the last: its lowest and its highest.
        self._stretches: list[tuple[Point, Point]] = []
        self._width, self._in_last = 1, 0
        self._first: Point | None = None
        self._last: Point | None = None

    def add(self, x: float, y: float) -> None:
        """Add a point."""
        point = (x, y)
        if self._first is None:
            self._first = point
        self._last = point
        if self._stretches and self._in_last < self._width:
            self._stretches[-1] = _joined(self._stretches[-1], (point, point))
            self._in_last += 1
            return
        if len(self._stretches) == MOST:
            self._stretches = _halved(self._stretches)
            self._width *= 2
        self._stretches.append((point, point))
        self._in_last = 1

    def points(self) -> list[Point]:
        """At most `MOST` points in order of x, the first and the last among them."""
        if self._first is None or self._last is None:
            return []
        stretches = self._stretches
        if self._width > 1:
            while len(stretches) > MOST // 2 - 1:
                stretches = _halved(stretches)
        found = {point for stretch in stretches for point in stretch} | {self._first, self._last}
        return sorted(found)


def _halved(stretches: list[tuple[Point, Point]]) -> list[tuple[Point, Point]]:
    """Each two neighbours as one."""
    joined = [_joined(one, other) for one, other in zip(stretches[::2], stretches[1::2], strict=False)]
    return joined + stretches[2 * len(joined) :]


def _joined(one: tuple[Point, Point], other: tuple[Point, Point]) -> tuple[Point, Point]:
    low = one[0] if one[0][1] <= other[0][1] else other[0]
    return low, one[1] if one[1][1] >= other[1][1] else other[1]
