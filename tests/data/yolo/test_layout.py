"""Where the splits of YOLO data sets are; `tests/user_data/test_yolo_exports.py` has those that tools write."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.yolo.folders import WHOLE
from ftcli.data.yolo.layout import Layout, yolo_layout
from tests.data.yolo.making import made


def layout(path: Path) -> Layout:
    found = yolo_layout(path)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("given", "top"),
    [
        (".", "."),
        ("images", "."),
        ("images/train", "."),
        ("train/images", "."),
        ("flat", "."),
        ("deep/images", "deep"),
    ],
)
def test_the_highest_folder_of_a_data_set(tmp_path: Path, given: str, top: str) -> None:
    root = made(
        tmp_path / "set",
        "images/train/1.png",
        "labels/train/1.txt",
        "train/images/1.png",
        "train/labels/1.txt",
    )
    made(root, "flat/1.png", "flat/1.txt", "deep/images/1.png", "deep/labels/1.txt")
    assert layout(root / given).top == root / top
    (root / "data.yaml").write_text("kpt_shape: [4, 2]\n")
    points = layout(root / given).points()
    assert (points is not None and points.count) == (4 if top == "." else False)


def test_names_of_splits(tmp_path: Path) -> None:
    root = made(tmp_path / "set", "obj_Train_data/1.png", "obj_Train_data/1.txt", "obj_test_data/2.png")
    found = layout(root)
    assert {name: one.places for name, one in found.splits.items()} == {"train": (root / "obj_Train_data",)}
    assert len(found.notes) == 1
    assert list(layout(root / "obj_Train_data").splits) == [WHOLE]
    assert layout(root / "obj_test_data").splits == {}
    assert yolo_layout(root / "obj_test_data/2.png") is None


def test_lists_of_other_texts_are_none(tmp_path: Path) -> None:
    root = made(tmp_path / "set", "train.png", "train.txt", "val.png", "val.txt")
    assert {name: one.places for name, one in layout(root).splits.items()} == {WHOLE: (root,)}
    assert layout(root / "train.txt").splits == {}
