"""Outlines as arrays, painted on upright images."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from ftcli.data.annotations.outlines import Outlines
from ftcli.media.orientation import Shape

SQUARE = [1, 2, 5, 2, 5, 4, 1, 4]  # x from 1 to 5, y from 2 to 4


def runs(left: int, top: int, right: int, bottom: int, width: int, height: int) -> dict[str, Any]:
    """The run lengths of a box, which go down the columns."""
    inside = np.zeros((height, width), dtype=bool)
    inside[top:bottom, left:right] = True
    flat = inside.flatten("F")
    ends = [0, *(np.flatnonzero(flat[1:] != flat[:-1]) + 1).tolist(), len(flat)]
    counts = [after - before for before, after in itertools.pairwise(ends)]
    return {"counts": [0, *counts] if flat[0] else counts, "size": [height, width]}


def painted(outline: Any, shape: Shape, *, stored: bool) -> list[tuple[int, int, int, int]]:
    """Left, top, right and bottom of what an object covers."""
    outlines = Outlines()
    outlines.add(outline, 7)
    outlines.close(shape)
    outlines.stored = {0} if stored else set()
    values = outlines.paint(0)
    assert values.shape == shape.upright[::-1]
    y, x = np.nonzero(values == 7)
    assert len(y) == 8  # filled, and nothing else
    return [(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["points", "run lengths"])
def test_objects_turn_with_their_image(orientation: int, kind: str) -> None:
    shape = Shape(16, 10, orientation)
    outline = [SQUARE] if kind == "points" else runs(1, 2, 5, 4, 16, 10)
    expected = shape.turned(np.array([[1.0, 2.0, 5.0, 4.0]])).astype(int).tolist()
    assert [list(one) for one in painted(outline, shape, stored=True)] == expected


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["points", "run lengths"])
def test_objects_of_upright_images_stay(orientation: int, kind: str) -> None:
    shape = Shape(16, 10, orientation)
    outline = [SQUARE] if kind == "points" else runs(1, 2, 5, 4, *shape.upright)
    assert painted(outline, shape, stored=False) == [(1, 2, 5, 4)]


def test_the_size_of_run_lengths_tells_which_image_they_are_of() -> None:
    shape = Shape(16, 10, 6)
    assert painted(runs(1, 2, 5, 4, 10, 16), shape, stored=True) == [(1, 2, 5, 4)]
    assert painted(runs(1, 2, 5, 4, 16, 10), shape, stored=False) == [(6, 1, 8, 5)]


def test_rings_of_too_few_points() -> None:
    outlines = Outlines()
    assert outlines.add([[1, 2, 3, 4], []], 1) == (False, 2)
    assert outlines.add([SQUARE, [1, 2]], 1) == (True, 1)
    assert outlines.close(Shape(16, 10)).tolist() == [[1, 2], [5, 2], [5, 4], [1, 4]]
    outlines.add([[6, 6, 7, 7, 8, 6]], 2)
    assert outlines.close(Shape(16, 10)).tolist() == [[6, 6], [7, 7], [8, 6]]
    assert (outlines.paint(0) == 1).sum() == 8
    with pytest.raises(ValueError, match="a ring of 5 numbers"):
        outlines.add([[1, 2, 3, 4, 5]], 1)
