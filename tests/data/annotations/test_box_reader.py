"""Boxes that are read one by one: what is odd about them is counted, what is listed twice is one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.box_reader import BoxReader
from ftcli.data.annotations.turned_images import TurnedImages
from ftcli.errors import DataError
from ftcli.media.orientation import Shape
from tests.data.annotations.opening import edited, opened

SHAPE = Shape(64, 48)


def said(
    corners: list[list[float]], labels: str, crowd: tuple[bool, ...] = (), image: str = "a.png"
) -> Annotated:
    return Annotated(image, np.array(corners, dtype=float).reshape(-1, 4), list(labels), image, crowd)


def kept(reader: BoxReader) -> list[list[tuple[str, list[float]]]]:
    """Class and corners of the boxes of each image."""
    items = reader.labels(KINDS["boxes"]).items
    return [list(zip(one.labels, one.corners.tolist(), strict=True)) for one in items]


@pytest.mark.parametrize(
    ("bbox", "kept", "said"),
    [
        (
            [10, 10, 0, 5],
            None,
            "boxes without an area inside their image, left out: 1, the first in 0.png",
        ),
        ([70, 10, 5, 5], None, "without an area inside"),
        ([10, 10, -5, 5], None, "without an area inside"),
        ([-6, 10, 16, 80], [0, 10, 10, 48], "boxes that reach outside their image, cut there: 1"),
        ([0, 0, 65, 48.5], [0, 0, 64, 48], None),  # by half a pixel or one, as those who count from 1 do
    ],
)
def test_odd_boxes_are_counted(
    tmp_path: Path, bbox: list[float], kept: list[int] | None, said: str | None
) -> None:
    root = edited(tmp_path, lambda content: content["annotations"][0].update(bbox=bbox))
    found = opened(root)
    boxes = found.train[0].target
    assert len(boxes.labels) == (1 if kept is None else 2)
    assert kept is None or boxes.corners[0].tolist() == kept
    notes = [note for note in found.notes if "boxes" in note]
    assert (notes == []) if said is None else re.search(said, notes[0])


def test_boxes_that_are_listed_twice_are_one() -> None:
    reader = BoxReader("x.json")
    first, second = [1.0, 2.0, 9.0, 8.0], [20.0, 2.0, 40.0, 8.0]
    rounded = [1.02, 2.0, 8.98, 8.01]
    reader.add(said([first, second, first, rounded, first], "aaaab"), SHAPE)
    reader.add(said([first], "a", image="b.png"), SHAPE)
    assert kept(reader) == [[("a", first), ("a", second), ("b", first)], [("a", first)]]
    assert reader.notes() == ("x.json: boxes that are listed twice, taken once: 2, the first in a.png",)


def test_boxes_side_by_side_and_crowds_are_not_the_same() -> None:
    reader = BoxReader("x.json")
    grid = [[float(side) for side in (x, y, x + 4, y + 4)] for y in range(0, 40, 4) for x in range(0, 60, 4)]
    reader.add(said([*grid, grid[0]], "a" * (len(grid) + 1), (False,) * len(grid) + (True,)), SHAPE)
    assert len(kept(reader)[0]) == len(grid) + 1


@pytest.mark.parametrize("orientation", ["auto", "upright", "stored"])
def test_images_that_wait_stay_in_their_place(orientation: str) -> None:
    reader = BoxReader("x.json", TurnedImages("x.json", "boxes", orientation))
    reader.add(said([[0, 0, 10, 20]], "a", image="turned.jpg"), Shape(64, 48, 6))
    reader.none()
    reader.add(said([[5, 5, 10, 20]], "b", image="plain.jpg"), SHAPE)
    turned = [28.0, 0.0, 48.0, 10.0] if orientation == "stored" else [0.0, 0.0, 10.0, 20.0]
    assert kept(reader) == [[("a", turned)], [], [("b", [5.0, 5.0, 10.0, 20.0])]]
    notes = [note for note in reader.notes() if "EXIF turns 1 image;" in note]
    assert len(notes) == (orientation == "auto")


def test_fractions_are_not_pixels() -> None:
    reader = BoxReader("x.json")
    reader.add(said([[0.15, 0.2, 0.33, 0.43], [0.5, 0.5, 1.0, 0.9]], "ab"), SHAPE)
    with pytest.raises(
        DataError, match=r"all boxes .* within the first pixel.*a.png \(0.15, 0.2.*not fractions"
    ):
        reader.labels(KINDS["boxes"])
    reader.add(said([[5, 5, 10, 10]], "a", image="b.png"), SHAPE)
    assert len(kept(reader)) == 2
    assert any(
        "perhaps as fractions of the sides: 1 of 2, the first is a.png" in one for one in reader.notes()
    )
