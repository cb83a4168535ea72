"""Boxes as arrays, and what is odd about them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from ftcli.media.orientation import Shape, shape_of
from tests.data.annotations.opening import edited, opened
from tests.tiny import boxes as tiny


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


@pytest.mark.parametrize("stated", ["stored", "upright"])
def test_the_stated_size_tells_of_which_image_the_boxes_are(tmp_path: Path, stated: str) -> None:
    root = tiny.coco(tmp_path / "x", {"train": 1, "val": 1})
    image, boxes = tiny.tiles(0)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    image.save(root / "train/0.png", exif=exif)
    assert shape_of(root / "train/0.png") == Shape(64, 48, 6)
    left, top, right, bottom = boxes[0][1]
    wanted = [48 - bottom, left, 48 - top, right]
    if stated == "upright":
        file = root / "annotations/instances_train.json"
        content = json.loads(file.read_text())
        content["images"][0].update(width=48, height=64)
        content["annotations"][0]["bbox"] = [
            wanted[0],
            wanted[1],
            wanted[2] - wanted[0],
            wanted[3] - wanted[1],
        ]
        content["annotations"] = content["annotations"][:1]
        file.write_text(json.dumps(content))
    assert opened(root).train[0].target.corners[0].tolist() == wanted
