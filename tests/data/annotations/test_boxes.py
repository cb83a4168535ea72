"""Boxes of COCO, Pascal VOC and YOLO: the same images in three layouts, and what is odd about them."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts import Target
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.layout import role_of
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.errors import ConfigError, DataError
from ftcli.media.orientation import UPRIGHT, Shape, shape_of
from tests.tiny import boxes as tiny
from tests.tiny import data as tiny_data

SIZES = {"train": 4, "val": 2}
Make = Callable[[Path, Mapping[str, int]], Path]


def opened(source: Path | None = None, **data: Any) -> Splits:
    given = Data(source=None if source is None else str(source), **data)
    return open_splits(given, inputs=(IMAGE,), wants="boxes", seed=0, places={})


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


def test_only_some_classes(tmp_path: Path) -> None:
    found = opened(tiny.voc(tmp_path / "x", SIZES), classes=("red",))
    assert found.target == Target("boxes", ("red",), (4,), 4)
    assert found.train[0].target.labels == ("red",)
    assert any("4 of 8 objects have one of the 1 classes" in note for note in found.notes)


@pytest.mark.parametrize(
    ("name", "role"),
    [("train2017", "train"), ("val2017", "val"), ("valid", "val"), ("test-1", "test"), ("trainval", None)],
)
def test_names_of_splits(name: str, role: str | None) -> None:
    assert role_of(name) == role


# ------------------------------------------------------------------------------------------------ each its layouts


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


def test_a_class_without_boxes_stays_one_where_classes_are_chosen_or_named(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    for file in (root / "labels/train").iterdir():
        lines = file.read_text().splitlines()
        file.write_text("".join(f"{line}\n" for line in lines if line.startswith("0 ")))
    absent = "no training objects of red, which can't be learned"
    for options in ({}, {"classes": ("blue", "red")}):
        found = opened(root, **options)
        assert (found.target.classes, found.target.counts[1]) == (("blue", "red"), 0)
        assert any(absent in note for note in found.notes)
    coco = tiny.coco(tmp_path / "y", SIZES)
    content = json.loads((coco / "annotations/instances_train.json").read_text())
    for one, name in zip(content["categories"], "01", strict=True):
        one["name"] = name
    gone = content["categories"][0]["id"]
    content["annotations"] = [one for one in content["annotations"] if one["category_id"] != gone]
    (coco / "annotations/instances_train.json").write_text(json.dumps(content))
    found = opened(coco, class_names=("first", "second"), val=0.0)
    assert (found.target.classes, found.target.counts[0]) == (("first", "second"), 0)


def test_xml_beside_images(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", {"train": 4})
    for file in (root / "Annotations").iterdir():
        file.rename(root / "JPEGImages" / file.name)
    found = opened(root / "JPEGImages", val=0.0)
    assert (len(found.train), found.val) == (4, None)
    (root / "JPEGImages/0.xml").unlink()
    with pytest.raises(DataError, match=r"1 of its 4 images have no XML file of the same name"):
        opened(root / "JPEGImages")


def test_difficult_objects_count_neither_way(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    file = root / "Annotations/0.xml"
    file.write_text(file.read_text().replace("<difficult>0", "<difficult>1", 1))
    assert opened(root).train[0].target.crowd == (True, False)


def test_yolo_without_names_with_outlines_and_images_without_labels(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "data.yaml").unlink()
    (root / "labels/train/0.txt").write_text("1 0.25 0.25 0.5 0.25 0.5 0.75\n")
    (root / "labels/train/1.txt").unlink()
    found = opened(root)
    assert found.target.classes == ("0", "1")
    assert found.train[0].target.corners.tolist() == [[16, 12, 32, 36]]
    assert found.train[1].target.labels == ()
    assert any("images without boxes: 1, the first in 1.png" in note for note in found.notes)
    assert opened(root, class_names=("blue", "red")).target.classes == ("blue", "red")


def test_yolo_as_its_settings_say(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "images/train").rename(root / "images/first")
    (root / "labels/train").rename(root / "labels/first")
    (root / "data.yaml").write_text("train: images/first\nval: images/val\nnames: {0: sky, 1: sun}\n")
    assert opened(root / "data.yaml").target.classes == ("sky", "sun")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("!!python/object/apply:os.system [ls]", r"data\.yaml:2: names: a tag"),
        ("&a [*a]", r"data\.yaml:2: names\[0\]: an alias"),
        ("[" * 99, r"data\.yaml:2: .*nested deeper than 20 levels"),
        ("{0: sky, 2: sun}", r"data\.yaml: names: a list, or a mapping from 0"),
    ],
)
def test_a_data_yaml_that_is_hostile_or_wrong(names: str, said: str, tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "data.yaml").write_text(f"train: images/train\nnames: {names}\n")
    with pytest.raises(DataError, match=said):
        opened(root)


def test_another_split_of_boxes_is_evaluated(tmp_path: Path) -> None:
    root = tiny.coco(tmp_path / "x", {**SIZES, "odd": 3})
    target = opened(root).target
    options: dict[str, Any] = {"inputs": (IMAGE,), "wants": "boxes", "target": target, "places": {}}
    assert len(open_split(Data(source=str(root)), "odd", **options)) == 3
    assert len(open_split(Data(), str(root / "annotations/instances_val.json"), **options)) == 2


# ---------------------------------------------------------------------------------------------------- odd boxes


def edited(tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """COCO, whose training split was changed."""
    root = tiny.coco(tmp_path / "x", SIZES)
    file = root / "annotations/instances_train.json"
    content = json.loads(file.read_text())
    change(content)
    file.write_text(json.dumps(content))
    return root


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


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_boxes_turn_with_their_image(orientation: int) -> None:
    """What is inside a box of the stored image is inside the turned box of the turned one."""
    image, boxes = tiny.tiles(3)
    corners = np.array([sides for _, sides in boxes], dtype=np.float64)
    turned = Shape(*image.size, orientation).turned(corners)
    upright = np.asarray(image.transpose(UPRIGHT[orientation]))
    assert Shape(*image.size, orientation).upright == (upright.shape[1], upright.shape[0])
    for (name, _), (left, top, right, bottom) in zip(boxes, turned.astype(int).tolist(), strict=True):
        inside = (upright == tiny.COLOURS[name]).all(axis=2)
        assert inside.sum() == inside[top:bottom, left:right].sum() == (right - left) * (bottom - top)


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


# ----------------------------------------------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda c: c["annotations"][1].update(category_id=3),
            "annotation 2 has the category 3, which is not among",
        ),
        (
            lambda c: c["annotations"][1].update(image_id=3),
            "annotation 2 is of the image 3, which is not among",
        ),
        (lambda c: c["annotations"][1].update(bbox=[1, 2]), r"annotation 2 has the bbox \[1, 2\]"),
        (lambda c: c["annotations"][1].pop("image_id"), "an entry lacks 'image_id'"),
        (lambda c: c["annotations"][1].update(bbox=[float("nan"), 2, 3, 4]), "a side that is not a number"),
        (lambda c: c["images"][0].update(width=640), "has 640 x 48 pixels, and it has 64 x 48"),
        (lambda c: c["images"][1].update(id=50), "two images have the id 50"),
        (lambda c: c.pop("categories"), "lists of images, annotations, categories are wanted"),
        (lambda c: c["images"][0].update(file_name="9.png"), "1 of the 4 images in .* do not exist"),
        (lambda c: c["annotations"].clear(), "no objects at all"),
        (lambda c: c["images"].clear() or c["annotations"].clear(), "has no images"),
    ],
)
def test_mistakes_in_coco(tmp_path: Path, change: Callable[[dict[str, Any]], object], said: str) -> None:
    with pytest.raises(DataError, match=said):
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


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</annotation>", "", "0.xml is not XML"),
        ("<annotation>", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>', "0.xml defines a document type"),
        ("<name>blue</name>", "", "0.xml: an object has no name"),
        ("<xmin>", "<xmin>a", "0.xml: a side of a box is not a number"),
        ("<width>64", "<width>32", "0.xml: says that 0.png has 32 x 48 pixels"),
    ],
)
def test_mistakes_in_xml(tmp_path: Path, old: str, new: str, said: str) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    file = root / "Annotations/0.xml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=said):
        opened(root)


def test_lists_of_images_that_are_not_there(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    with (root / "ImageSets/Main/train.txt").open("a") as file:
        file.write("1000\n")
    with pytest.raises(DataError, match=r"train.txt:5: .*JPEGImages has no image '1000'"):
        opened(root)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.1", "0.txt:1: 4 numbers: class centre-x"),
        ("blue 0.5 0.5 0.1 0.1", "0.txt:1: the class is 'blue'"),
        ("5 0.5 0.5 0.1 0.1", "0.txt:1: the class is 5, and there are 2 names"),
        ("0 32 24 10 10", "0.txt:1: a number lies outside 0 to 1: fractions"),
        ("0 a 0.5 0.1 0.1", "0.txt:1: could not convert string to float: 'a'"),
    ],
)
def test_mistakes_in_yolo(tmp_path: Path, line: str, said: str) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "labels/train/0.txt").write_text(line)
    with pytest.raises(DataError, match=said):
        opened(root)


def test_keys_that_have_no_meaning(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data.root: has no meaning for .*annotations of Pascal VOC"):
        opened(tiny.voc(tmp_path / "x", SIZES), root=str(tmp_path))
    with pytest.raises(ConfigError, match=r"data.mask: is for masks, and this task finds boxes"):
        opened(tiny.voc(tmp_path / "y", SIZES), mask="masks")
