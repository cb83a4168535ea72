"""Pixels, and fractions in their place."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.data.annotations.pixel_units import PixelUnits
from ftcli.errors import DataError
from ftcli.media.orientation import Shape

PHOTO = Shape(64, 48)


def units(*points: list[float], shape: Shape = PHOTO) -> PixelUnits:
    found = PixelUnits("x.json", "outlines")
    for number, one in enumerate(points):
        found.add(np.array(one).reshape(-1, 2), shape, f"{number}.png")
    return found


def test_fractions_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"x.json: all outlines of 2 of its 2 images.*0.png \(0.1, 0.2, 0.5, 0.9, ...\)"
    ):
        units([0.1, 0.2, 0.5, 0.9, 0.4, 0.1], [0.5, 1.05, 0, 0], []).check()
    with pytest.raises(DataError, match=r"all outlines of 2 of its 3 images"):
        units([0.1, 0.2, 0.5, 0.9], [0.5, 1.05, 0, 0], [3, 4, 5, 6]).check()


def test_a_few_may_be_slips() -> None:
    found = units([0.1, 0.2, 0.5, 0.9], [5, 5, 9, 9])
    found.check()
    assert "1 of 2, the first is 0.png" in found.notes()[0]


def test_pixels_are_pixels() -> None:
    tiny = units([0.1, 0.1, 0.9, 0.9], shape=Shape(2, 2))
    for found in (units([5, 5, 9, 9]), units([0, 0, 1, 1]), tiny, units()):
        found.check()
        assert found.notes() == ()
