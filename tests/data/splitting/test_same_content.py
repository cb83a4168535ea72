"""Groups of examples with the same content, within splits and across them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.data.splits import open_splits
from ftcli.data.splitting import same_content as module
from ftcli.data.splitting.same_content import may_be_same, same_content
from ftcli.data.splitting.selection import Selection
from tests.tiny import data as tiny


def parts(**data: str | float) -> dict[str, Selection]:
    modality, wants = (IMAGE, "category") if "source" in data else (TEXT, "text")
    splits = open_splits(Data(**data), inputs=(modality,), wants=wants, seed=0, places={})  # type: ignore[arg-type]
    found = {"train": splits.train, "val": splits.val}
    return {name: part for name, part in found.items() if isinstance(part, Selection)}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for first, split in ((0, "train"), (100, "val")):
        for name in ("blue", "red"):
            for number in range(3):
                tiny.image(tmp_path / split / name / f"{number}.bmp", tiny.COLOURS[name], seed=first + number)
    return tmp_path


def test_files_are_grouped_whatever_they_are_called(photos: Path) -> None:
    shutil.copy(photos / "train/blue/1.bmp", photos / "train/red/9.bmp")
    shutil.copy(photos / "train/blue/1.bmp", photos / "val/red/9.bmp")
    assert same_content(parts(source=str(photos))) == [[("train", 1), ("train", 6), ("val", 6)]]


def test_only_files_of_one_size_and_end_are_read(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def content(item: Path) -> str:
        read.append(item.name)
        return str(item)

    different = parts(source=str(photos))
    shutil.copy(photos / "train/blue/1.bmp", photos / "val/red/9.bmp")
    copied = parts(source=str(photos))
    monkeypatch.setattr(module, "_content", content)
    same_content(different)
    assert read == []
    same_content(copied)
    assert read == ["1.bmp", "9.bmp"]
    assert may_be_same(copied) == [[("train", 1), ("val", 6)]]
    assert same_content(copied, []) == []
    assert read == ["1.bmp", "9.bmp"]


def test_a_text_with_two_translations_is_one_input(tmp_path: Path) -> None:
    rows = [{"text": "a dog", "target": "ein Hund"}, {"text": "a cat", "target": "eine Katze"}]
    path = tiny.table(tmp_path / "a.csv", [*rows, {"text": "a dog", "target": "der Hund"}])
    assert same_content(parts(train=str(path), val=0.0)) == [[("train", 0), ("train", 2)]]


def test_of_texts_nothing_is_known_before_they_are_read(tmp_path: Path) -> None:
    path = tiny.table(tmp_path / "a.csv", [{"text": text, "target": "x"} for text in ("a", "b", "a")])
    here = parts(train=str(path), val=0.0)
    assert may_be_same(here) == [[("train", 0), ("train", 1), ("train", 2)]]
    assert same_content(here) == [[("train", 0), ("train", 2)]]
