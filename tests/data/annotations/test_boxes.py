"""Boxes of COCO, Pascal VOC and YOLO: the same images in three layouts, and what is odd about them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_split
from ftcli.errors import ConfigError
from tests.data.annotations.opening import SIZES, opened
from tests.tiny import boxes as tiny

Make = Callable[[Path, Mapping[str, int]], Path]


@pytest.mark.parametrize("make", [tiny.coco, tiny.voc, tiny.yolo])
def test_layouts_give_the_same_boxes(tmp_path: Path, make: Make) -> None:
    found = opened(make(tmp_path / "x", SIZES))
    assert found.val is not None
    assert (len(found.train), len(found.val), found.test) == (4, 2, None)
    assert found.target == Target("boxes", ("blue", "red"), (4, 4), 4)
    for index in range(4):
        example, (_, boxes) = found.train[index], tiny.tiles(index)
        assert Path(example.id).stem == str(index)
        assert example.target.labels == tuple(name for name, _ in boxes)
        assert example.target.corners.dtype == np.float32
        np.testing.assert_allclose(example.target.corners, [sides for _, sides in boxes], atol=1e-4)


@pytest.mark.parametrize("make", [tiny.coco, tiny.voc, tiny.yolo])
def test_splits_go_to_other_processes_and_are_carved(tmp_path: Path, make: Make) -> None:
    found = opened(make(tmp_path / "x", {"train": 8}), val=0.25)
    assert found.val is not None
    assert (len(found.train), len(found.val)) == (6, 2)
    again = pickle.loads(pickle.dumps(found.train))
    assert all(again[i].target.labels == found.train[i].target.labels for i in range(6))


def test_another_split_of_boxes_is_evaluated(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", {**SIZES, "odd": 3})
    target = opened(root).target
    options: dict[str, Any] = {"inputs": (IMAGE,), "wants": "boxes", "target": target, "places": {}}
    assert len(open_split(Data(source=str(root)), "odd", **options)) == 3
    assert len(open_split(Data(), str(root / "annotations/instances_val.json"), **options)) == 2


def test_keys_that_have_no_meaning(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data.root: has no meaning for .*annotations of Pascal VOC"):
        opened(tiny.voc(tmp_path / "x", SIZES), root=str(tmp_path))
    with pytest.raises(ConfigError, match=r"data.mask: is for masks, and this task finds boxes"):
        opened(tiny.voc(tmp_path / "y", SIZES), mask="masks")
