"""Classes that are mirror images of each other: arrows, hands, lanes, sides of a street."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.running import Command
from tests.tiny.boxes import yolo
from tests.tiny.data import class_folders
from tests.tiny.masks import landscape_splits
from tests.tiny.segmenters import SEGMENTERS

REASON = "{!r} and {!r} are each other's mirror images"
SMALL = (
    "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
)


def chosen(ftcli: Command, *overrides: str) -> str:
    """What is said of the augmentation."""
    shown = ftcli.ok("train", "x.yaml", "--dry-run", "--verbose", *overrides)
    return " ".join(re.findall(r".*(?:augment|mirror).*", shown))


@pytest.mark.parametrize(
    "classes", [("turn_left", "turn_right"), ("LeftHand", "RightHand"), ("links", "rechts")]
)
def test_classes_of_images(ftcli: Command, workplace: Path, classes: tuple[str, str]) -> None:
    class_folders(workplace / "photos", classes)
    (workplace / "x.yaml").write_text(
        f"task: image-classification\ndata: {{source: photos, image_size: 32, batch_size: 4}}\n{SMALL}"
    )
    shown = chosen(ftcli)
    assert re.search(r"data\.augment +light", shown)
    assert REASON.format(*classes) in shown
    assert "flip mirrors images" in chosen(ftcli, "data.augment=flip")


def test_boxes(ftcli: Command, workplace: Path) -> None:
    yolo(workplace / "tiles", {"train": 4, "val": 2})
    (workplace / "x.yaml").write_text(
        "task: object-detection\n"
        "data: {source: tiles, class_names: [left hand, right hand], image_size: 64, batch_size: 2}\n" + SMALL
    )
    assert REASON.format("left hand", "right hand") in chosen(ftcli)


def test_masks(ftcli: Command, workplace: Path) -> None:
    landscape_splits(workplace / "streets", {"train": 4, "val": 2})
    SEGMENTERS["segformer"](workplace / "segmenter")
    (workplace / "x.yaml").write_text(
        "task: semantic-segmentation\n"
        "data: {source: streets, class_names: [lane west, lane east], image_size: 32, batch_size: 2}\n"
        "model: segmenter\ntraining: {epochs: 1, device: cpu}\n"
    )
    assert REASON.format("lane west", "lane east") in chosen(ftcli)
