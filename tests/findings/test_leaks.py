"""Examples that two splits share are found by their content at the start of a training, whatever they are called."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_splits
from ftcli.findings import check
from ftcli.findings.check import quick
from ftcli.findings.finding import Finding
from tests.tiny import data as tiny


def opened(modality: Any, **data: Any) -> Splits:
    return open_splits(Data(**data), inputs=(MODALITIES[modality],), wants="category", seed=0, places={})


def leaks(splits: Splits) -> list[Finding]:
    return [one for one in quick(splits) if one.kind == "same-input-in-two-splits"]


def said(splits: Splits) -> list[str]:
    return [one.message for one in leaks(splits)]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for first, split in ((0, "train"), (100, "val")):
        for name in ("blue", "red"):
            for number in range(6):
                tiny.image(tmp_path / split / name / f"{number}.png", tiny.COLOURS[name], seed=first + number)
    return tmp_path


def test_different_images_are_not_the_same(photos: Path) -> None:
    assert said(opened("image", source=str(photos))) == []


def test_all_copies_are_found(photos: Path) -> None:
    for number in range(4):
        shutil.copy(photos / f"train/blue/{number}.png", photos / f"val/blue/copy{number}.png")
    os.link(photos / "train/red/3.png", photos / "val/red/linked.png")
    (found,) = leaks(opened("image", source=str(photos)))
    assert found.message == "5 images of val are also in train"
    assert found.places[0] == f"{photos / 'train/blue/0.png'} = {photos / 'val/blue/copy0.png'}"


def test_one_other_pixel_is_another_image(photos: Path) -> None:
    """The same size and the same end, as in formats that are not compressed."""
    from PIL import Image

    image = Image.open(photos / "train/blue/0.png")
    image.save(photos / "train/blue/0.bmp")
    image.putpixel((0, image.height - 1), (1, 2, 3))
    image.save(photos / "val/blue/0.bmp")
    assert said(opened("image", source=str(photos))) == []
    shutil.copy(photos / "train/blue/0.bmp", photos / "val/blue/same.bmp")
    assert said(opened("image", source=str(photos))) != []


@pytest.mark.parametrize(("make", "ending"), [(tiny.table, "csv"), (tiny.parquet, "parquet")])
def test_texts_that_are_twice(make: Any, ending: str, tmp_path: Path) -> None:
    rows = tiny.reviews(12)
    make(tmp_path / f"train.{ending}", rows[:8])
    make(tmp_path / f"dev.{ending}", rows[6:])
    assert said(opened("text", source=str(tmp_path))) == ["2 texts of val are also in train"]


def test_a_carved_split_is_compared_too(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", tiny.reviews(10) * 2)
    assert said(opened("text", train=str(path), val=0.3))[0].endswith(" of val are also in train")


def test_very_many_are_not_compared(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(photos / "train/blue/0.png", photos / "val/blue/copy.png")
    monkeypatch.setattr(check, "MOST_EXAMPLES", 20)
    assert said(opened("image", source=str(photos))) == []


def test_of_many_files_those_that_may_be_in_two_splits_are_read(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(photos / "train/blue/0.png", photos / "val/blue/copy.png")
    shutil.copy(photos / "train/blue/1.png", photos / "train/red/copy.png")
    splits = opened("image", source=str(photos))
    assert len(quick(splits)) == 3
    monkeypatch.setattr(check, "MOST_READ", 1)
    assert [one.message for one in quick(splits)] == ["1 image of val is also in train"]
