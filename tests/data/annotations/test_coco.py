"""Annotations of COCO."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ftcli.contracts import Target
from ftcli.errors import DataError
from tests.data.annotations.opening import SIZES, edited, opened
from tests.tiny import boxes as tiny
from tests.tiny import data as tiny_data


def test_a_file_of_coco_with_its_images_elsewhere(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", {"train": 4})
    (root / "train").rename(tmp_path / "pictures")
    file = (root / "annotations/instances_train.json").rename(tmp_path / "boxes.json")
    found = opened(train=str(file), root=str(tmp_path / "pictures"))
    assert len(found.train) == 3
    with pytest.raises(
        DataError, match=r"4 of the 4 images in .*boxes.json do not exist in .*0.png.*data.root"
    ):
        opened(train=str(file))


def test_coco_beside_the_images_of_each_split(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", {"train": 4, "valid": 2})
    for split in ("train", "valid"):
        (root / f"annotations/instances_{split}.json").rename(root / split / "_annotations.coco.json")
    found = opened(root)
    assert found.val is not None
    assert (len(found.train), len(found.val)) == (4, 2)


def test_crowds_are_kept_apart(tmp_path: Path) -> None:
    root = edited(tmp_path, lambda content: content["annotations"][0].update(iscrowd=1))
    found = opened(root)
    assert found.train[0].target.crowd == (True, False)
    assert found.train[1].target.crowd == ()
    assert any("counted neither way: 1, the first in 0.png" in note for note in found.notes)


def test_classes_are_those_that_the_file_names(tmp_path: Path) -> None:
    """A validation split may have what training has not; it is said that it cannot be learned."""
    root = tiny.coco(tmp_path / "x", SIZES)
    file = root / "annotations/instances_train.json"
    content = json.loads(file.read_text())
    content["annotations"] = [one for one in content["annotations"] if one["category_id"] == 7]
    file.write_text(json.dumps(content))
    found = opened(root)
    assert found.target == Target("boxes", ("blue", "red"), (4, 0), 4)
    assert any("no training objects of red, which can't be learned" in note for note in found.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda c: c["annotations"][1].update(category_id=3),
            "annotation 2 has the category 3, which is not among",
        ),
        (
            lambda c: [one.update(image_id=3) for one in c["annotations"]],
            "annotation 1 is of the image 3, which is not among the images, and so are all",
        ),
        (lambda c: c["annotations"][1].update(bbox=[1, 2]), r"annotation 2 has the bbox \[1, 2\]"),
        (lambda c: c["annotations"][1].pop("image_id"), "an entry lacks 'image_id'"),
        (lambda c: c["annotations"][1].update(bbox=[float("nan"), 2, 3, 4]), "a side that is not a number"),
        (lambda c: c["annotations"].append([]), "an entry lacks"),
        (lambda c: c["images"][0].update(width="wide"), "0.png: its width and height are wide and 48"),
        (lambda c: c["images"][0].update(width=640), "has 640 x 48 pixels, and it has 64 x 48"),
        (lambda c: c["images"][1].update(id=50), "two images have the id 50"),
        (lambda c: c.pop("categories"), "lists of images, annotations, categories are wanted"),
        (
            lambda c: c["images"][0].update(file_name="9.png"),
            r"1 of the 4 .*9.png does not exist.*data.root.*",
        ),
        (lambda c: c["annotations"].clear(), "no objects at all"),
        (lambda c: c["images"].clear() or c["annotations"].clear(), "has no images"),
    ],
)
def test_mistakes_in_coco(tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(DataError, match=said):
        opened(edited(tmp_path, change))


def test_right_and_lower_sides_in_the_place_of_width_and_height(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        for one in content["annotations"]:
            left, top, width, height = one["bbox"]
            one["bbox"] = [left, top, left + width, top + height]

    with pytest.raises(
        DataError, match=r"4 of 8 boxes reach far outside .*0.png: .*look like left, top, right"
    ):
        opened(edited(tmp_path, change))


def test_broken_json_and_missing_folders(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", SIZES)
    (root / "annotations/instances_val.json").write_text('{"images": [')
    with pytest.raises(DataError, match=r"instances_val.json is not JSON"):
        opened(root)
    with pytest.raises(DataError, match=r"data.root: no such file or folder"):
        opened(root, root=str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"no boxes were found. Known are COCO"):
        opened(tiny_data.split_folders(tmp_path / "classes", SIZES))
