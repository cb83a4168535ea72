"""Where masks lie and how they are called: found by training and by `ftcli init`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_splits
from ftcli.errors import ConfigError, DataError
from tests.running import Command
from tests.user_data.mask_sets import (
    make,
    noted,
    opened,
    painted,
)

NAMES: Mapping[str, tuple[str, str, str]] = {
    "a word after": ("images/{}.jpg", "masks/{}_mask.png", "'_mask'"),
    "isic": ("images/ISIC_{}.jpg", "masks/ISIC_{}_segmentation.png", "'_segmentation'"),
    "a word before": ("images/{}.jpg", "masks/gt_{}.png", "'gt_'"),
    "a word for each": ("images/{}_sat.jpg", "masks/{}_mask.png", "'_mask'"),
    "beside": ("{}.jpg", "{}_mask.png", "0.jpg has 0_mask.png"),
    "beside, by their endings": ("{}.jpg", "{}.png", "0.jpg has 0.png"),
}


@pytest.mark.parametrize("name", NAMES)
def test_masks_are_found_by_what_their_names_share(tmp_path: Path, name: str) -> None:
    images, masks, said = NAMES[name]
    found = opened(make(tmp_path, images=images, masks=masks), val=0.0)
    assert len(found.train) == 6
    assert noted(found, said)
    for index in range(6):
        number = found.train[index].inputs["image"].name.split(".")[0].removesuffix("_sat").rpartition("_")[2]
        assert found.train[index].target.path == tmp_path / masks.format(number)


LAYOUTS = [
    ("JPEGImages/{}.jpg", "SegmentationClass/{}.png"),
    ("imgs/{}.jpg", "labels/{}.png"),
    ("Images/{}.jpg", "GT/{}.png"),
    ("images/{}.jpg", "annotations/trimaps/{}.png"),
    ("train_images/{}.jpg", "train_masks/{}.png"),
    ("images/monday/{}.jpg", "masks/monday/{}.png"),
]


@pytest.mark.parametrize(("images", "masks"), LAYOUTS)
def test_layouts(tmp_path: Path, images: str, masks: str) -> None:
    assert len(opened(make(tmp_path, images=images, masks=masks), val=0.0).train) == 6


@pytest.mark.parametrize(
    ("images", "masks", "pattern"),
    [
        ("images/{}.jpg", "masks/{}_b.png", "masks/{name}_b.png"),
        ("images/{}.jpg", "masks/{}/all.png", "masks/{name}/all.png"),
        ("{}.jpg", "{}_b.png", "{name}_b.png"),
        ("pictures/{}.jpg", "elsewhere/{}_b.png", "elsewhere/{name}_b.png"),
    ],
)
def test_a_pattern_names_the_masks(tmp_path: Path, images: str, masks: str, pattern: str) -> None:
    make(tmp_path, images=images, masks=masks)
    source = tmp_path / "pictures" if images.startswith("pictures") else tmp_path
    mask = str(tmp_path / pattern) if source != tmp_path else pattern
    found = opened(source, mask=mask, val=0.0)
    assert len(found.train) == 6
    assert found.train[3].target.path == tmp_path / masks.format(3)


def test_a_pattern_may_name_the_split(tmp_path: Path) -> None:
    for split, count in (("train", 4), ("val", 2)):
        make(tmp_path, images=f"images/{split}/{{}}.jpg", masks=f"truth/{split}/{{}}_b.png", count=count)
    found = opened(tmp_path, mask="truth/{split}/{name}_b.png")
    assert (len(found.train), len(found.val or ())) == (4, 2)


def test_several_masks_of_an_image_are_a_question(tmp_path: Path) -> None:
    make(tmp_path, masks="masks/{}_a.png")
    make(tmp_path, masks="masks/{}_b.png")
    with pytest.raises(DataError, match=r"several masks: '\{name\}_a', '\{name\}_b'. data.mask says"):
        opened(tmp_path)
    assert noted(opened(tmp_path, mask="masks/{name}_a.png"), "images, taken by the seed")


def test_images_without_a_mask_are_left_out_if_that_is_asked_for(tmp_path: Path) -> None:
    make(tmp_path, masks="masks/{}_mask.png")
    (tmp_path / "masks/3_mask.png").rename(tmp_path / "masks/other_mask.png")
    with pytest.raises(
        DataError, match=r"1 of its 6 images have no mask .*: 3.jpg. data.missing_labels: skip"
    ):
        opened(tmp_path)
    found = opened(tmp_path, missing_labels="skip", val=0.0)
    assert len(found.train) == 5
    assert "3.jpg has no mask" in found.skipped[0]
    assert noted(found, "1 of its 6 images", "left out")
    assert noted(found, "1 masks without an image were not read: other_mask.png")
    with pytest.raises(DataError, match="missing_labels: every pixel has a class"):
        opened(tmp_path, missing_labels="empty")
    with pytest.raises(ConfigError, match="missing_labels"):
        open_splits(
            Data(source="digits", missing_labels="skip"), inputs=(IMAGE,), wants="category", seed=0, places={}
        )


@pytest.mark.parametrize(("images", "masks"), [("images/{}.jpg", "masks/{}_mask.png"), *LAYOUTS[:2]])
def test_init_recognises_masks(ftcli: Command, workplace: Path, images: str, masks: str) -> None:
    make(workplace / "set", (0, 255), images=images, masks=masks)
    written = ftcli.ok("init", "set")
    assert "task: semantic-segmentation" in written
    assert "# 2 classes: 0, 255" in written
    assert "255 is a class" in written
    assert "  ignore_index: none\n" in written
    assert "# ignore_index" not in written


def test_init_looks_into_the_only_folder(ftcli: Command, workplace: Path) -> None:
    """Images and masks there are not two classes of images."""
    make(workplace / "archive" / "set", (0, 255), images="images/{}.jpg", masks="masks/{}.png")
    written = ftcli.ok("init", "archive")
    assert "task: semantic-segmentation" in written
    assert "source: archive/set" in written
    assert written.partition("\n")[2] == ftcli.ok("init", "archive/set").partition("\n")[2]


def test_init_says_why_masks_cannot_be_used(ftcli: Command, workplace: Path) -> None:
    make(workplace / "set", paint=painted)
    written = ftcli.ok("init", "set")
    assert "task: semantic-segmentation" in written
    assert "its pixels are colours (RGB)" in written


@pytest.mark.parametrize(
    ("images", "masks"),
    [
        ("ISIC_Input/{}.jpg", "ISIC_GroundTruth/{}_segmentation.png"),
        ("photos/{}.jpg", "photos_gt/{}.png"),
        ("Original/{}.png", "manual-masks/{}_m.png"),
    ],
)
def test_two_folders_of_which_one_is_called_as_masks_are(
    ftcli: Command, workplace: Path, images: str, masks: str
) -> None:
    make(workplace / "set", (0, 255), images=images, masks=masks)
    assert "task: semantic-segmentation" in ftcli.ok("init", "set")


@pytest.mark.parametrize("classes", [("mask", "nomask"), ("with_mask", "bare")])
def test_classes_that_are_called_as_masks_are(
    ftcli: Command, workplace: Path, classes: tuple[str, str]
) -> None:
    make(workplace / "set", (0, 255), images=f"{classes[0]}/{{}}.png", masks=f"{classes[1]}/{{}}.png")
    assert "task: image-classification" in ftcli.ok("init", "set")
