"""Masks of COCO's outlines, and of Pascal VOC's lists."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny import boxes as tiny
from tests.tiny.masks import landscapes

SIZES = {"train": 3, "val": 2}


def opened(source: Path, **data: Any) -> Splits:
    return open_splits(Data(source=str(source), **data), inputs=(IMAGE,), wants="mask", seed=0, places={})


def edited(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """COCO, whose training split was changed."""
    root = tiny.coco(tmp_path / "x", SIZES)
    file = root / "annotations/instances_train.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return root


def test_outlines_are_painted(tmp_path: Path) -> None:
    found = opened(tiny.coco(tmp_path / "x", SIZES))
    assert found.val is not None
    assert (len(found.train), len(found.val)) == (3, 2)
    assert found.target.classes == ("background", "blue", "red")
    mask = pickle.loads(pickle.dumps(found.train))[0].target
    assert dict(mask.names) == {0: "background", 1: "blue", 2: "red"}
    _, boxes = tiny.tiles(0)
    expected = np.zeros((48, 64), dtype=int)
    for value, (_, (left, top, right, bottom)) in enumerate(boxes, 1):
        expected[top:bottom, left:right] = value
    assert np.array_equal(mask.read(), expected)
    assert sum(found.target.counts) == 3 * 48 * 64


def test_later_objects_lie_on_earlier_ones_and_run_lengths_are_read(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        first, second = content["annotations"][:2]
        first["segmentation"] = [[0, 0, 10, 0, 10, 10, 0, 10]]
        # run lengths go down the columns: 5 columns without, then one with the object
        second["segmentation"] = {"counts": [5 * 48, 48, 58 * 48], "size": [48, 64]}

    mask = opened(edited(tmp_path, change)).train[0].target.read()
    assert mask[:10, :10].tolist() == [[1, 1, 1, 1, 1, 2, 1, 1, 1, 1]] * 10
    assert (mask[:, 5] == 2).all()


def test_masks_turn_with_their_image(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", SIZES)
    upright = opened(root).train[0].target.read()
    exif = Image.Exif()
    exif[0x0112] = 6
    tiny.tiles(0)[0].save(root / "train/0.png", exif=exif)
    assert np.array_equal(opened(root).train[0].target.read(), np.rot90(upright, -1))


def test_only_some_classes(tmp_path: Path) -> None:
    found = opened(tiny.coco(tmp_path / "x", SIZES), classes=("background", "red"))
    assert dict(found.train[0].target.names) == {0: "background", 2: "red"}


@pytest.mark.parametrize(
    ("outline", "said"),
    [
        ([[1, 2, 3, 4, 5, 6, 7]], "annotation 1: its segmentation: a ring of 7 numbers"),
        ("x", "annotation 1: its segmentation: lists of x, y"),
        ({"size": [48, 64]}, "annotation 1: its segmentation: run lengths have counts"),
        ({"size": [32, 64], "counts": [2048]}, "annotation 1: says that its image has 64 x 32 pixels"),
        ([["a"] * 6], "annotation 1: its segmentation"),
    ],
)
def test_outlines_that_are_none(tmp_path: Path, outline: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        opened(edited(tmp_path, lambda content: content["annotations"][0].update(segmentation=outline)))


def test_rings_of_too_few_points_are_left_out(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        first, second = content["annotations"][:2]
        first["segmentation"] = [[1, 2, 3, 4]]
        second["segmentation"] = [[], [0, 0, 10, 0, 10, 10, 0, 10], [5, 5]]

    found = opened(edited(tmp_path, change))
    assert any(
        re.search(r"outlines of fewer than 3 points, left out: 3, the first in .*annotation 1$", one)
        for one in found.notes
    )
    values, counts = np.unique(found.train[0].target.read(), return_counts=True)
    assert dict(zip(values.tolist(), counts.tolist(), strict=True)) == {0: 48 * 64 - 100, 2: 100}


@pytest.mark.parametrize("area", [float("nan"), "large", None, -3])
def test_areas_that_are_none(tmp_path: Path, area: Any) -> None:
    found = opened(edited(tmp_path, lambda content: content["annotations"][0].update(area=area)))
    assert sum(found.target.counts) == 3 * 48 * 64


def test_objects_without_an_outline(tmp_path: Path) -> None:
    root = edited(tmp_path, lambda content: content["annotations"][0].pop("segmentation"))
    assert any("objects without an outline, left out: 1" in note for note in opened(root).notes)
    root = edited(tmp_path / "y", lambda c: [one.pop("segmentation") for one in c["annotations"]])
    with pytest.raises(DataError, match="no annotation has an outline"):
        opened(root)


def test_images_that_are_not_there_and_keys_without_meaning(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", SIZES)
    with pytest.raises(ConfigError, match=r"data.ignore_index: has no meaning"):
        opened(root, ignore_index=3)
    (root / "train/0.png").unlink()
    with pytest.raises(DataError, match=r"1 of the 3 images in .*0.png does not exist.*data.bad_files: skip"):
        opened(root)


def test_lists_of_pascal_voc(tmp_path: Path) -> None:
    landscapes(tmp_path / "JPEGImages", tmp_path / "SegmentationClass", count=6)
    (tmp_path / "SegmentationClass/5.png").unlink()  # only some images have a mask
    lists = tmp_path / "ImageSets/Segmentation"
    lists.mkdir(parents=True)
    (lists / "train.txt").write_text("0\n1\n2\n")
    (lists / "val.txt").write_text("3\n4\n")
    found = opened(tmp_path)
    assert found.val is not None
    assert ([example.id for example in map(found.train.__getitem__, range(3))], len(found.val)) == (
        ["0.png", "1.png", "2.png"],
        2,
    )
    (lists / "val.txt").write_text("5\n")
    with pytest.raises(DataError, match="have no mask of the same name"):
        opened(tmp_path)
