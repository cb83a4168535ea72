"""Which folders are classes, and which are splits."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import DataError
from tests.tiny import data as tiny


def made(folder: Path, *names: str, each: int = 4) -> Path:
    """The folders, with images in each."""
    for name in names:
        for index in range(each):
            tiny.image(folder / name / f"{index}.png")
    return folder


def opened(folder: Path, **data: object) -> Splits:
    keys: dict[str, object] = {"source": str(folder), "val": 0.0} | data
    return open_splits(Data(**keys), inputs=(IMAGE,), wants="category", seed=0, places={})  # type: ignore[arg-type]


def sizes(splits: Splits) -> tuple[tuple[str, ...], dict[str, int]]:
    there = {
        name: len(part) for name in ("train", "val", "test") if (part := getattr(splits, name)) is not None
    }
    return splits.target.classes, there


def test_a_folder_in_a_folder_of_its_name(tmp_path: Path) -> None:
    made(
        tmp_path / "intel",
        "seg_train/seg_train/sea",
        "seg_train/seg_train/wood",
        "seg_test/seg_test/sea",
        "seg_pred",
    )
    found = opened(tmp_path)
    assert sizes(found) == (("sea", "wood"), {"train": 8, "test": 4})
    assert f"{tmp_path}: its class folders are in intel" in found.notes
    assert f"{tmp_path / 'intel'}: not a split, so not read: seg_pred (4 images)" in found.notes


def test_splits_within_classes(tmp_path: Path) -> None:
    made(tmp_path, "cat/train", "dog/train", "cat/Test", "dog/Test", "dog/masks")
    found = opened(tmp_path)
    assert sizes(found) == (("cat", "dog"), {"train": 8, "test": 8})
    assert found.train[0].id == "cat/train/0.png"
    assert not any("the training split itself" in note for note in found.notes)
    expected = (
        f"{tmp_path}: class folders hold their splits (train, test); not a split, so not read: masks (4)"
    )
    assert expected in found.notes


def test_splits_without_training(tmp_path: Path) -> None:
    words = r"testing_images is called like a split and holds folders, and no folder is called train"
    with pytest.raises(DataError, match=words):
        opened(made(tmp_path, "trains/cat", "testing_images/cat", "testing_images/dog"))


def test_images_of_a_split_without_labels(tmp_path: Path) -> None:
    made(tmp_path, "train/cat", "train/dog", "test")
    found = opened(tmp_path)
    assert sizes(found) == (("cat", "dog"), {"train": 8})
    assert f"{tmp_path}: not a split, so not read: test (4 images without class folders)" in found.notes
    with pytest.raises(DataError, match="has 4 images but no class folders"):
        opened(tmp_path, test="test")


def test_a_class_with_the_name_of_a_split(tmp_path: Path) -> None:
    made(tmp_path, "bus", "car", "train", "val")
    found = opened(tmp_path)
    assert sizes(found) == (("bus", "car", "train", "val"), {"train": 16})
    words = "has no folders in it, so it is taken for a class, not for the training split"
    assert f"{tmp_path / 'train'} {words}" in found.notes


def test_splits_without_class_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train has 4 images but no class folders: .* data.pattern"):
        opened(made(tmp_path, "train", "test"))


def test_the_same_folders_in_each(tmp_path: Path) -> None:
    made(tmp_path, "north/cat", "north/dog", "south/cat", "south/dog", "east/cat", "east/Dog")
    words = r"its 3 folders hold no images of their own.*\{label\}/\{group\}/\{file\}.*\{group\}/\{label\}/\{file\}"
    with pytest.raises(DataError, match=words):
        opened(tmp_path)
    assert opened(tmp_path, pattern="{group}/{label}/{file}").target.classes == ("Dog", "cat", "dog")
    assert opened(tmp_path, pattern="{label}/{group}/{file}").target.classes == ("east", "north", "south")


def test_numbered_folders_are_no_classes(tmp_path: Path) -> None:
    found = opened(made(tmp_path, "cat/2020", "cat/2021", "dog/2020", "dog/2021"))
    assert sizes(found) == (("cat", "dog"), {"train": 16})
    below = "labelled by the folder at the top: 16 of its 16 images in folders below a class folder"
    assert f"{tmp_path}: {below}" in found.notes


def test_a_pattern_with_folders_beside_a_class_called_train(tmp_path: Path) -> None:
    made(tmp_path, "bus", "train")
    assert opened(tmp_path, pattern="{label}/{file}").target.classes == ("bus", "train")
