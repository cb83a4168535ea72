"""Examples that two splits share are found by their content, whatever they are called."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import MODALITIES
from ftcli.data.splits import Splits, open_splits
from ftcli.data.splitting import leaks
from ftcli.errors import DataError
from tests.tiny import data as tiny


def opened(modality: Any, **data: Any) -> Splits:
    return open_splits(Data(**data), inputs=(MODALITIES[modality],), wants="category", seed=0, places={})


def told(splits: Splits) -> list[str]:
    return [note.partition(";")[0] for note in splits.notes if "in the training split, too" in note]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for first, split in ((0, "train"), (100, "val")):
        for name in ("blue", "red"):
            for number in range(6):
                tiny.image(tmp_path / split / name / f"{number}.png", tiny.COLOURS[name], seed=first + number)
    return tmp_path


def test_different_images_are_not_the_same(photos: Path) -> None:
    assert told(opened("image", source=str(photos))) == []


def test_all_copies_are_found(photos: Path) -> None:
    for number in range(4):
        shutil.copy(photos / f"train/blue/{number}.png", photos / f"val/blue/copy{number}.png")
    os.link(photos / "train/red/3.png", photos / "val/red/linked.png")
    splits = opened("image", source=str(photos))
    assert told(splits) == ["val: 5 of its 17 examples are in the training split, too, by their content"]
    assert any(note.endswith("the first is " + str(photos / "val/blue/copy0.png")) for note in splits.notes)


def test_one_other_pixel_is_another_image(photos: Path) -> None:
    """The same size and the same end, as in formats that are not compressed."""
    from PIL import Image

    image = Image.open(photos / "train/blue/0.png")
    image.save(photos / "train/blue/0.bmp")
    image.putpixel((0, image.height - 1), (1, 2, 3))
    image.save(photos / "val/blue/0.bmp")
    assert told(opened("image", source=str(photos))) == []
    shutil.copy(photos / "train/blue/0.bmp", photos / "val/blue/same.bmp")
    assert told(opened("image", source=str(photos))) != []


@pytest.mark.parametrize(("make", "ending"), [(tiny.table, "csv"), (tiny.parquet, "parquet")])
def test_texts_that_are_twice(make: Any, ending: str, tmp_path: Path) -> None:
    rows = tiny.reviews(12)
    make(tmp_path / f"train.{ending}", rows[:8])
    make(tmp_path / f"dev.{ending}", rows[6:])
    assert told(opened("text", source=str(tmp_path))) == [
        "val: 2 of its 6 examples are in the training split, too, by their content"
    ]


def test_a_carved_split_is_compared_too(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", tiny.reviews(10) * 2)
    assert "by their content" in told(opened("text", train=str(path), val=0.3))[0]


def test_very_many_are_not_compared(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(photos / "train/blue/0.png", photos / "val/blue/copy.png")
    monkeypatch.setattr(leaks, "MOST", 20)
    assert told(opened("image", source=str(photos))) == []


CAFE = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")


@pytest.mark.parametrize("names", [CAFE, ("Cat", "cat")])
def test_classes_that_look_alike_are_told(names: tuple[str, str], tmp_path: Path) -> None:
    tiny.class_folders(tmp_path, (*names, "red"))
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this file system takes them for one name")
    splits = opened("image", source=str(tmp_path))
    assert len(splits.target.classes) == 3
    assert any(f"{min(names)!a}, {max(names)!a} look alike" in note for note in splits.notes)


def test_a_name_that_is_composed_otherwise_in_another_split(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "train", (CAFE[0], "red"))
    tiny.class_folders(tmp_path / "val", (CAFE[1], "red"))
    with pytest.raises(
        DataError, match="training has the same name with characters that are composed otherwise"
    ):
        opened("image", source=str(tmp_path))


def test_what_systems_leave_behind_is_ignored(tmp_path: Path) -> None:
    """Hidden files and folders, and those of macOS and Jupyter."""
    tiny.class_folders(tmp_path)
    for folder in (".ipynb_checkpoints", "__MACOSX", "red/.ipynb_checkpoints"):
        tiny.image(tmp_path / folder / "red" / "0.png")
    for file in (".DS_Store", "red/._0.png", "red/Thumbs.db"):
        (tmp_path / file).write_bytes(b"\0")
    splits = opened("image", source=str(tmp_path), val=0.0)
    assert (len(splits.train), splits.target.classes) == (8, ("blue", "red"))
    hidden = "3 images hidden or kept by a system, so not read: .ipynb_checkpoints (2), __MACOSX (1)"
    assert [note for note in splits.notes if "read" in note] == [f"{tmp_path}: {hidden}"]
