"""Which way up annotations are, by the evidence of a whole source."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.data.annotations.turned_images import Evidence, TurnedImages, by_place, by_proportions, by_size
from ftcli.errors import DataError
from ftcli.media.orientation import Shape

LYING = Shape(64, 48, 6)  # upright, it is 48 x 64


def decided(*evidence: Evidence, wanted: str = "auto") -> tuple[list[bool], tuple[str, ...]]:
    found = TurnedImages("x.json", "boxes", wanted)
    for row, one in enumerate(evidence):
        found.add(row, f"{row}.jpg", one)
    return list(found.upright().values()), found.notes()


def test_the_stated_size_tells() -> None:
    assert by_size((48, 64), LYING, "", "") is True
    assert by_size((64, 48), LYING, "", "") is False
    assert by_size((64, 48), Shape(64, 48, 3), "", "") is None
    assert by_size((64, 64), Shape(64, 64, 6), "", "") is None
    assert by_size(None, LYING, "", "") is None
    with pytest.raises(DataError, match=r"x: says that a.jpg has 32 x 48 pixels, and it has 64 x 48"):
        by_size((32, 48), LYING, "x", "a.jpg")


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([[1, 2], [40, 60]], True),
        ([[1, 2], [60, 40]], False),
        ([[1, 2], [40, 40]], None),
        ([[1, 2], [60, 60]], None),
        ([[1, 2], [40, 49]], None),  # by a pixel: a slip
        ([[1, 2], [40, np.nan]], None),
        ([[np.nan, 2]], None),
    ],
)
def test_places_tell_where_they_lie_within_one_shape_only(
    points: list[list[float]], found: bool | None
) -> None:
    assert by_place(np.array(points, dtype=float), LYING) is found


def test_others_decide_for_those_that_do_not_tell() -> None:
    silent = Evidence()
    upright, notes = decided(Evidence(size=False), silent, Evidence(place=False))
    assert upright == [False, False, False]
    assert notes == (
        "x.json: EXIF turns 3 images; their boxes are taken to be of the image as it is stored: 3 (1 by the size "
        "that is stated, 1 as most others of these, 1 by where they lie). data.orientation: upright or stored "
        "decides for all",
    )
    assert decided(Evidence(size=True), silent)[0] == [True, True]


def test_without_evidence_they_are_upright() -> None:
    upright, notes = decided(Evidence(), Evidence())
    assert upright == [True, True]
    assert "EXIF turns 2 images" in notes[0]
    assert "upright: 2 (2 without evidence" in notes[0]
    assert decided() == ([], ())


def test_the_training_split_decides_where_a_split_is_silent() -> None:
    found = TurnedImages("x.json", "boxes", training=False)
    assert found.told() is None
    found.add(0, "0.jpg", Evidence())
    assert found.upright() == {0: False}
    assert "1 as in the training split" in found.notes()[0]
    found.add(1, "1.jpg", Evidence(size=True))
    assert found.upright() == {0: True, 1: True}
    assert found.told() is True


def test_each_image_decides_for_itself_where_they_differ() -> None:
    upright, notes = decided(Evidence(size=True), Evidence(size=False), Evidence(size=False), Evidence())
    assert upright == [True, False, False, False]
    assert "turned upright: 1 (1 by the size that is stated, the first is 0.jpg)" in notes[0]
    assert "as it is stored: 3" in notes[0]
    assert "the first is 1.jpg" in notes[0]


def test_sizes_that_places_contradict_are_not_believed() -> None:
    """Scripts state the size that Pillow gives, of boxes that were drawn in a browser."""
    wrong, silent = Evidence(size=False, place=True), Evidence(size=False)
    assert decided(wrong, silent, silent)[0] == [True, True, True]
    right = Evidence(size=False, place=False)
    assert decided(wrong, right, silent)[0] == [False, False, False]


@pytest.mark.parametrize(("wanted", "upright"), [("upright", True), ("stored", False)])
def test_the_configuration_decides(wanted: str, upright: bool) -> None:
    assert decided(Evidence(size=not upright), Evidence(), wanted=wanted) == ([upright] * 2, ())
    assert decided(Evidence(mask=not upright), wanted=wanted) == ([not upright], ())


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ((48, 64), True),
        ((64, 48), False),
        ((24, 32), True),
        ((129, 97), False),
        ((32, 24), False),
        ((97, 128), True),
    ],
)
def test_a_mask_tells_by_its_own_size(size: tuple[int, int], told: bool) -> None:
    assert by_proportions(size, LYING, "a.png") is told


def test_masks_of_other_proportions() -> None:
    with pytest.raises(
        DataError, match=r"a.png has 64 x 64 pixels, and its image 48 x 64 turned upright: the same"
    ):
        by_proportions((64, 64), LYING, "a.png")
    with pytest.raises(DataError, match=r"a.png has 48 x 64 pixels, and its image 64 x 48: the same"):
        by_proportions((48, 64), Shape(64, 48), "a.png")
    assert by_proportions((64, 48), Shape(64, 48, 3), "a.png") is None
    assert by_proportions((32, 24), Shape(64, 48, 3), "a.png") is None
    assert by_proportions((9, 9), Shape(64, 64, 6), "a.png") is None
