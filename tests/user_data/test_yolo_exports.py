"""YOLO as tools write it: CVAT, LabelImg, Roboflow, Label Studio, FiftyOne and others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ftcli.data.discovery.recognise import recognise
from ftcli.errors import DataError
from tests.data.annotations.opening import opened
from tests.user_data.yolo_sets import CLASSES, check, filled, noted, stems


def cvat(root: Path, folder: str = "obj_train_data") -> Path:
    """CVAT's YOLO 1.1: paths begin with data/, which is no folder of the archive."""
    filled(root, folder, folder, *range(5))
    (root / "obj.data").write_text(
        "classes = 2\ntrain = data/train.txt\nnames = data/obj.names\nbackup = backup/\n"
    )
    (root / "obj.names").write_text("blue\nred\n")
    (root / "train.txt").write_text("".join(f"data/{folder}/{number}.png\n" for number in range(5)))
    return root


@pytest.mark.parametrize("given", [".", "obj.data", "train.txt", "obj_train_data"])
@pytest.mark.parametrize("folder", ["obj_train_data", "obj_train_data/first/second"])
def test_cvat(tmp_path: Path, given: str, folder: str) -> None:
    root = cvat(tmp_path / "export", folder)
    found = opened(root / given, val=0.0)
    check(found, train=range(5))
    above = f"{root}/obj_train_data: the classes have the names of {root}/obj.names"
    assert found.notes == ((above,) if given == "obj_train_data" else ())


def test_cvat_with_a_subset_for_validation(tmp_path: Path) -> None:
    root = filled(cvat(tmp_path / "export"), "obj_valid_data", "obj_valid_data", 5)
    with (root / "obj.data").open("a") as file:
        file.write("valid = data/valid.txt\n")
    (root / "valid.txt").write_text("data/obj_valid_data/5.png\n")
    check(opened(root), train=range(5), val=(5,))
    for name in ("obj.data", "train.txt", "valid.txt"):
        (root / name).unlink()
    check(opened(root), train=range(5), val=(5,))


def test_cvat_without_its_images(tmp_path: Path) -> None:
    root = cvat(tmp_path / "export")
    for image in (root / "obj_train_data").glob("*.png"):
        image.unlink()
    with pytest.raises(
        DataError, match=r"5 of the 5 images in .*train\.txt do not exist in .*: obj_train_data/0\.png"
    ):
        opened(root)


def test_cvat_ultralytics(tmp_path: Path) -> None:
    root = filled(tmp_path / "export", "images/train", "labels/train", 0, 1, 2)
    (root / "data.yaml").write_text("names:\n  0: blue\n  1: red\npath: ./\ntrain: train.txt\n")
    (root / "train.txt").write_text("".join(f"data/images/train/{number}.png\n" for number in range(3)))
    check(opened(root, val=0.0), train=range(3))


@pytest.mark.parametrize("name", ["classes.txt", "predefined_classes.txt", "obj.names", "set.names"])
@pytest.mark.parametrize("place", ["labels/{}", "labels", ""])
def test_labelimg(tmp_path: Path, place: str, name: str) -> None:
    root = filled(tmp_path / "set", "images/train", "labels/train", 0, 1)
    filled(root, "images/val", "labels/val", 2)
    for split in ("train", "val"):
        (root / place.format(split) / name).write_text("blue\nred\n")
    found = opened(root)
    check(found, train=(0, 1), val=(2,))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("train", "val", "test"),
    [
        ("football-1/train/images", "football-1/valid/images", "../test/images"),
        ("../train/images", "../valid/images", "../test/images"),
        ("/content/football-1/train/images", "/content/football-1/valid/images", "test/images"),
        ("..\\train\\images", "valid\\images", "C:\\sets\\football-1\\test\\images"),
    ],
)
def test_roboflow(tmp_path: Path, train: str, val: str, test: str) -> None:
    root = tmp_path / "football-1"
    for number, split in enumerate(("train", "valid", "test")):
        filled(root, f"{split}/images", f"{split}/labels", number)
    (root / "README.roboflow.txt").write_text("football - v1\n")
    settings = f"names:\n- blue\n- red\nnc: 2\ntest: {test}\ntrain: {train}\nval: {val}\n"
    (root / "data.yaml").write_text(settings + "roboflow:\n  license: CC BY 4.0\n  version: 1\n")
    found = opened(root)
    check(found, train=(0,), val=(1,), test=(2,))
    assert noted(found, "train: /content/football-1/train/images is taken from") == train.startswith("/")


def test_roboflow_darknet(tmp_path: Path) -> None:
    root = tmp_path / "football.v1.darknet"
    for number, split in enumerate(("train", "valid", "test")):
        filled(root, split, split, number)
        (root / split / "_darknet.labels").write_text("blue\nred")
    (root / "README.dataset.txt").write_text("football > 2026\n")
    found = opened(root)
    check(found, train=(0,), val=(1,), test=(2,))
    assert found.notes == ()


def label_studio(root: Path) -> Path:
    filled(root, "images", "labels", 0, 1)
    (root / "classes.txt").write_text("blue\nred\n")
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
    (root / "notes.json").write_text(json.dumps({"categories": categories, "info": {"year": 2026}}))
    return root


def label_studio_without_classes(root: Path) -> Path:
    (label_studio(root) / "classes.txt").unlink()
    return root


def fiftyone(root: Path) -> Path:
    filled(root, "images/train", "labels/train", 0, 1)
    text = "names:\n  0: blue\n  1: red\npath: /tmp/somewhere/else\ntrain: ./images/train/\n"
    (root / "dataset.yaml").write_text(text)
    return root


def fiftyone_darknet(root: Path) -> Path:
    filled(root, "data", "data", 0, 1)
    (root / "obj.names").write_text("blue\nred\n")
    (root / "images.txt").write_text("data/0.png\ndata/1.png\n")
    return root


def supervisely(root: Path) -> Path:
    filled(root, "images/train", "labels/train", 0, 1)
    text = "colors:\n- [1, 2, 3]\n- [4, 5, 6]\nnames: [blue, red]\nnc: 2\ntrain: ../lemons/images/train\n"
    (root / "data_config.yaml").write_text(text)
    return root


def makesense(root: Path) -> Path:
    filled(root, "pictures", "pictures", 0, 1)
    (root / "labels.txt").write_text("blue\nred\n")
    return root


def darknet_voc(root: Path) -> Path:
    filled(root, "JPEGImages", "labels", 0, 1)
    (root / "voc.names").write_text("blue\nred\n")
    (root / "2007_train.txt").write_text("/home/you/VOC/JPEGImages/0.png\n/home/you/VOC/JPEGImages/1.png\n")
    (root / "voc.data").write_text(
        "classes= 2\ntrain  = /home/you/VOC/2007_train.txt\nnames = data/voc.names\n"
    )
    return root


EXPORTS = [
    label_studio,
    label_studio_without_classes,
    fiftyone,
    fiftyone_darknet,
    supervisely,
    makesense,
    darknet_voc,
    cvat,
]


@pytest.mark.parametrize("make", EXPORTS, ids=lambda make: make.__name__)
def test_exports(tmp_path: Path, make: object) -> None:
    root = make(tmp_path / "lemons")  # type: ignore[operator]
    found = opened(root, val=0.0)
    check(found)
    assert stems(found.train)[:2] == [0, 1]
    recognised = recognise(root)
    assert (recognised.kind.wanted, recognised.classes) == ("boxes", CLASSES)
    assert dict(recognised.data) == {"source": str(root)}


def test_settings_that_init_finds_wrong(tmp_path: Path) -> None:
    root = fiftyone(tmp_path / "set")
    assert dict(recognise(root / "dataset.yaml").data) == {"source": str(root / "dataset.yaml")}
    (root / "dataset.yaml").write_text("train: gone\nnames: [blue, red]\n")
    wrong = recognise(root)
    assert (wrong.kind.wanted, dict(wrong.data)) == ("boxes", {"source": str(root)})
    assert "dataset.yaml: train is gone, and there is no such folder" in wrong.warnings[0]
