from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import Splits, open_split, open_splits
from ftcli.errors import ConfigError, DataError
from tests.tiny.masks import landscape_splits, landscapes

NAMES = ("ground", "sky")
PLACES = {"data": "x.yaml:2", "data.mask": "x.yaml:4"}


def opened(**keys: Any) -> Splits:
    return open_splits(Data(**keys), inputs=(IMAGE,), wants="mask", seed=0, places=PLACES)


LAYOUTS = [
    ("{split}", "{split}annot"),
    ("{split}", "{split}_masks"),
    ("{split}/images", "{split}/masks"),
    ("images/{split}", "labels/{split}"),
    ("imgs/{split}", "annotations/{split}"),
]


@pytest.mark.parametrize(("images", "masks"), LAYOUTS)
def test_layouts_with_splits(tmp_path: Path, images: str, masks: str) -> None:
    for first, split in enumerate(("train", "val", "test")):
        of_images, of_masks = (tmp_path / name.format(split=split) for name in (images, masks))
        landscapes(of_images, of_masks, count=3, first=10 * first)
    found = opened(source=str(tmp_path))
    assert [len(part) for part in (found.train, found.val, found.test) if part] == [3, 3, 3]
    assert found.target.classes == ("0", "1")
    example = found.train[0]
    assert example.inputs["image"] == tmp_path / images.format(split="train") / "0.png"
    assert example.target.path == tmp_path / masks.format(split="train") / "0.png"


def test_one_folder_is_split_by_the_seed(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=10)
    found = opened(source=str(tmp_path), val=0.3)
    assert (len(found.train), len(found.val or ())) == (7, 3)


def test_a_path_for_each_split(tmp_path: Path) -> None:
    landscape_splits(tmp_path, {"first": 3, "second": 2})
    found = opened(train=str(tmp_path / "first"), val=str(tmp_path / "second"))
    assert (len(found.train), len(found.val or ())) == (3, 2)


def test_the_masks_may_be_named(tmp_path: Path) -> None:
    for split in ("train", "val"):
        landscapes(tmp_path / split, tmp_path / "truth" / split, count=2)
    found = opened(source=str(tmp_path), mask="truth/{split}")
    assert (len(found.train), len(found.val or ())) == (2, 2)
    with pytest.raises(DataError, match=r"x.yaml:4: data.mask: no such folder: .*gone"):
        opened(source=str(tmp_path), mask="gone/{split}")


def test_pixels_are_counted_and_the_unlabelled_are_not(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=4)
    target = opened(source=str(tmp_path), class_names=NAMES, val=0.0).target
    assert (target.kind, target.classes) == ("mask", NAMES)
    assert sum(target.counts) == 4 * 39 * 32  # one of 40 columns is 255
    target = opened(source=str(tmp_path), ignore_index=1, val=0.0).target
    assert target.classes == ("0", "255")


def test_only_some_classes_count(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    values = np.arange(3, dtype=np.uint8).repeat(4).reshape(3, 4)
    for number in range(4):
        Image.fromarray(np.zeros((3, 4, 3), np.uint8)).save(tmp_path / f"images/{number}.png")
        Image.fromarray(values).save(tmp_path / f"masks/{number}.png")
    found = opened(source=str(tmp_path), classes=("2", "0"), val=0.0)
    assert (found.target.classes, found.target.counts) == (("2", "0"), (16, 16))
    assert found.train[0].target.names == {0: "0", 2: "2"}
    assert any("32 of 48 pixels have one of the 2 classes" in note for note in found.notes)


def test_classes_that_training_does_not_have_are_answered(tmp_path: Path) -> None:
    landscape_splits(tmp_path, {"train": 2, "val": 2})
    strange = Image.fromarray(np.full((32, 40), 7, np.uint8))
    strange.save(tmp_path / "valannot" / "100.png")
    with pytest.raises(DataError, match=r"'7' \(1,280 pixels, the first at .*val/100.png\)"):
        opened(source=str(tmp_path))
    with pytest.raises(DataError, match=r"label '7' is not one of 0..1, the 2 names"):
        opened(source=str(tmp_path), class_names=NAMES)
    known = opened(source=str(tmp_path), class_names=tuple("abcdefgh"))
    assert known.target.classes == tuple("abcdefgh")


def test_a_mask_is_turned_with_its_image(tmp_path: Path) -> None:
    """Made of the file as it is stored; the one of the square photograph goes by the other."""
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    for name, size in (("lying", (6, 4)), ("square", (4, 4)), ("plain", (6, 4))):
        options: Any = {} if name == "plain" else {"exif": exif}
        Image.new("RGB", size).save(tmp_path / f"images/{name}.png", **options)
        values = np.zeros(size[::-1], dtype=np.uint8)
        values[0] = 1  # the upper row, which is the last column of the image turned upright
        Image.fromarray(values).save(tmp_path / f"masks/{name}.png")
    found = opened(source=str(tmp_path), val=0.0)
    masks = {one.id: one.target.read() for one in map(found.train.__getitem__, range(3))}
    assert {name: mask.shape for name, mask in masks.items()} == {
        "lying.png": (6, 4), "square.png": (4, 4), "plain.png": (4, 6),
    }  # fmt: skip
    for name in ("lying.png", "square.png"):
        assert (masks[name][:, -1] == 1).all()
        assert masks[name].sum() == len(masks[name])
    assert any("EXIF turns 2 images" in note and "by the size of the mask" in note for note in found.notes)


def test_a_mask_of_other_proportions_is_named(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=4)
    Image.fromarray(np.zeros((40, 32), dtype=np.uint8)).save(tmp_path / "masks/2.png")
    with pytest.raises(
        DataError, match=r"masks/2.png has 32 x 40 pixels, and its image 40 x 32.*bad_files: skip"
    ):
        opened(source=str(tmp_path))
    found = opened(source=str(tmp_path), bad_files="skip", val=0.0)
    assert len(found.train) == 3
    assert len(found.skipped) == 1


def test_missing_and_spare_masks(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=3)
    (tmp_path / "images" / "0.png").rename(tmp_path / "images" / "other.png")
    with pytest.raises(
        DataError, match=r"1 of its 3 images have no mask of the same name in .*: other.png"
    ) as e:
        opened(source=str(tmp_path))
    assert "data.missing_labels: skip" in str(e.value)
    found = opened(source=str(tmp_path), missing_labels="skip", val=0.0)
    assert (len(found.train), len(found.skipped)) == (2, 1)
    (tmp_path / "images" / "other.png").unlink()
    found = opened(source=str(tmp_path), val=0.0)
    assert len(found.train) == 2
    assert any("1 masks without an image were not read: 0.png" in note for note in found.notes)


def test_broken_files_are_answered(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=2)
    colours = Image.fromarray(np.full((32, 40, 3), (128, 0, 0), np.uint8))
    colours.save(tmp_path / "masks" / "0.png")
    with pytest.raises(DataError, match=r"0.png is not a mask: its pixels are colours \(RGB\)"):
        opened(source=str(tmp_path))
    (tmp_path / "masks" / "0.png").write_text("nothing")
    with pytest.raises(DataError, match=r"0.png cannot be read as a mask"):
        opened(source=str(tmp_path))
    landscapes(tmp_path / "images", tmp_path / "masks", count=2)
    whole = (tmp_path / "images" / "1.png").read_bytes()
    (tmp_path / "images" / "1.png").write_bytes(whole[:100])
    with pytest.raises(DataError, match=r"1 of the 2 images in .*1.png"):
        opened(source=str(tmp_path))


def test_folders_without_masks_are_answered(tmp_path: Path) -> None:
    landscapes(tmp_path / "train", tmp_path / "elsewhere", count=2)
    with pytest.raises(DataError, match=r"no masks were found. Known are train \+ trainannot"):
        opened(source=str(tmp_path))
    landscapes(tmp_path / "val", tmp_path / "valannot", count=2)
    landscapes(tmp_path / "train", tmp_path / "trainannot", count=2)
    (tmp_path / "test").mkdir()
    with pytest.raises(DataError, match="test has no folder of masks as the training split has"):
        opened(source=str(tmp_path))
    with pytest.raises(DataError, match="cifar10 has classes, and this task labels pixels"):
        opened(source="cifar10")


def test_keys_of_other_targets_are_refused(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=2)
    with pytest.raises(
        ConfigError, match=r"data.label: is for classes, numbers and tags, and this task labels pixels"
    ):
        opened(source=str(tmp_path), label="label")
    with pytest.raises(ConfigError, match=r"data.mask: is for masks, and this task predicts classes"):
        open_splits(Data(source="digits", mask="x"), inputs=(IMAGE,), wants="category", seed=0, places=PLACES)


def test_other_labelled_data_for_a_trained_model(tmp_path: Path) -> None:
    landscape_splits(tmp_path / "a", {"train": 2, "val": 2})
    landscape_splits(tmp_path / "b", {"train": 2, "test": 3})
    target = opened(source=str(tmp_path / "a")).target
    keys: dict[str, Any] = {"inputs": (IMAGE,), "wants": "mask", "target": target, "places": {}}
    other = open_split(Data(source=str(tmp_path / "a")), str(tmp_path / "b"), **keys)
    assert len(other) == 3
