"""The splits of YOLO data sets by their folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.yolo.folders import WHOLE, split_name, splits_in
from ftcli.data.yolo.layout import yolo_layout
from ftcli.data.yolo.settings import Settings
from ftcli.errors import DataError
from tests.data.yolo.making import made


def found(root: Path) -> dict[str, list[str]]:
    """The places of each split, relative to the folder."""
    splits = splits_in(Settings(root), root).found
    return {name: [str(place.relative_to(root)) for place in one.places] for name, one in splits.items()}


@pytest.mark.parametrize(
    ("files", "splits"),
    [
        (
            "train/images/1 train/labels/1 val/images/2 val/labels/2",
            {"train": "train/images", "val": "val/images"},
        ),
        ("train/1 train/1 valid/2 valid/2", {"train": "train", "valid": "valid"}),
        ("images/train/1 labels/train/1 images/b/2 labels/b/2", {"b": "images/b", "train": "images/train"}),
        ("images/1 labels/1 test/images/2 test/labels/2", {"train": "images", "test": "test/images"}),
        ("images/a/1 labels/a/1", {WHOLE: "images"}),
        ("train/1 train/1 extra/images/2 extra/labels/2", {"extra": "extra/images", "train": "train"}),
        ("a/1 a/1 b/c/2 b/c/2", {WHOLE: "."}),
        ("val/1 val/1", {"val": "val"}),
        ("images/1 labels/1 images/val/2 labels/val/2", {"val": "images/val"}),
        ("train/cat/1 val/cat/2", {}),
    ],
)
def test_splits(tmp_path: Path, files: str, splits: dict[str, str]) -> None:
    names = files.split()
    images = names if splits == {} else names[::2]
    root = made(tmp_path / "set", *(f"{name}.png" for name in images))
    made(root, *(f"{name}.txt" for name in names[1::2] if splits))
    assert found(root) == {name: [place] for name, place in splits.items()}


def test_two_data_sets_in_one_folder_are_not_mixed(tmp_path: Path) -> None:
    places = [f"{name}/{split}/1" for name in "ab" for split in ("train", "val")]
    root = made(tmp_path / "sets", *(f"{place}.{ending}" for place in places for ending in ("png", "txt")))
    with pytest.raises(
        DataError, match=r"sets: its images lie in folders of several splits \(./train, ./val\): give"
    ):
        found(root)


def test_the_only_folder_is_looked_in(tmp_path: Path) -> None:
    root = made(tmp_path / "archive", "set/train/images/1.png", "set/train/labels/1.txt", "classes.txt")
    layout = yolo_layout(root)
    assert layout is not None
    assert (list(layout.splits), layout.top) == (["train"], root)
    (root / "set/data.yaml").write_text("train: train/images\nnames: [a]\n")
    layout = yolo_layout(root)
    assert layout is not None
    assert (layout.settings.names, layout.top) == (("a",), root / "set")


def test_a_link_to_itself_is_not_looked_in(tmp_path: Path) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    with pytest.raises(DataError, match="again is a link to a folder that it lies in: remove it"):
        yolo_layout(tmp_path)


def test_names_of_folders() -> None:
    names = "train valid train2017 obj_train_data obj_Validation_data images"
    assert [split_name(name) for name in names.split()] == [
        "train",
        "valid",
        "train2017",
        "train",
        "val",
        None,
    ]
