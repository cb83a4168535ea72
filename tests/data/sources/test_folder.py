"""Folders and the files in them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ftcli.contracts.modalities import IMAGE
from ftcli.data.sources.folder import (
    Unread,
    entries,
    folders_of_splits,
    held,
    media_files,
    split_files,
    split_folders,
)
from ftcli.data.sources.unlabelled_files import UnlabelledFiles
from ftcli.errors import DataError
from ftcli.media.formats import IMAGE_FILES
from tests.tiny import data as tiny


def test_split_folders_and_files(tmp_path: Path) -> None:
    for name in ("training_set", "Test Images", "spare"):
        (tmp_path / name).mkdir()
    for name in ("train_data.csv", "dev.tsv.gz", "notes.txt"):
        (tmp_path / name).touch()
    assert split_folders(tmp_path) == {"train": "training_set", "test": "Test Images"}
    assert split_files(tmp_path, [".csv", ".tsv"]) == {"train": "train_data.csv", "val": "dev.tsv.gz"}


def test_what_is_hidden_is_counted_by_its_name(tmp_path: Path) -> None:
    for name in (
        "a.png",
        ".b.png",
        "._a.png",
        "@eaDir/a.png/SYNOPHOTO_THUMB_S.png",
        "in/SYNOPHOTO_THUMB_M.jpg",
    ):
        tiny.image(tmp_path / name)
    (tmp_path / "in" / "Thumbs.db").touch()
    unread = Unread()
    found = media_files(tmp_path, "", IMAGE_FILES, unread.others, hidden=unread.hidden)
    assert list(found) == ["a.png"]
    assert unread.hidden == Counter({"@eaDir": 1, ".b.png": 1, "SYNOPHOTO_THUMB_M.jpg": 1})
    assert entries(tmp_path) == (["in"], ["a.png"])
    assert held(tmp_path, IMAGE_FILES) == "1 image"


def test_what_lies_beside_splits(tmp_path: Path) -> None:
    for name in ("train/a.png", "spare/a.png", "spare/b.png", "stray.png"):
        tiny.image(tmp_path / name)
    opener = lambda name: UnlabelledFiles(tmp_path / name, IMAGE)  # noqa: E731
    found = folders_of_splits(tmp_path, {"train": "train"}, opener, IMAGE_FILES)
    assert list(found.unread()) == [
        f"{tmp_path}: not a split, so not read: spare (2 images)",
        f"{tmp_path}: 1 image beside the folders of its splits, so not read: stray.png",
    ]
    with pytest.raises(DataError, match="cannot be read"):
        entries(tmp_path / "nowhere")
