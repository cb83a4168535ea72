"""Folders of masks, found and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.masks.layouts import masks
from ftcli.data.sources.base import Family
from ftcli.errors import DataError

PLACES = Places().under("data", DataError)


def touched(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def family(root: Path, mask: str | None = None) -> Family:
    return masks(root, Data(mask=mask), PLACES, "source")


def test_a_folder_of_masks_holds_images(tmp_path: Path) -> None:
    """labels/ holds boxes of YOLO, SegmentationClass the masks."""
    root = touched(tmp_path, "images/a.jpg", "labels/a.txt", "SegmentationClass/a.png")
    assert family(root).split("train").masks == root / "SegmentationClass"  # type: ignore[attr-defined]
    (root / "SegmentationClass/a.png").unlink()
    with pytest.raises(DataError, match="no masks were found"):
        family(root)


def test_splits_within_a_folder_of_images_stay_splits(tmp_path: Path) -> None:
    root = touched(
        tmp_path, *(f"{kind}/{split}/a.png" for kind in ("images", "masks") for split in ("train", "val"))
    )
    assert family(root).names() == ("train", "val")
    assert family(root / "images").names() == ("train", "val")
    assert family(root, "masks/{split}/{name}.png").names() == ("train", "val")


def test_one_folder_of_masks_for_all_splits(tmp_path: Path) -> None:
    root = touched(tmp_path, "train/a.jpg", "val/b.jpg", "truth/a.png", "truth/b.png")
    found = family(root, "truth")
    assert found.names() == ("train", "val")
    assert found.split("val").masks == root / "truth"  # type: ignore[attr-defined]
