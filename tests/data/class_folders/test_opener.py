"""Folders of class folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.class_folders.opener import ClassFolders
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import split_folders
from ftcli.data.splits import open_splits
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from tests.tiny import data as tiny

SINGLE = Reading(KINDS["single-label"])


def test_class_folders(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path)
    tiny.image(tmp_path / "red" / "more" / "deep.JPG")
    for ignored in (".ipynb_checkpoints/a.png", "__MACOSX/red/a.png", "red/.hidden.png"):
        tiny.image(tmp_path / ignored)
    (tmp_path / "red" / "notes.txt").write_text("x")
    opened = ClassFolders(tmp_path).open(Roles(), SINGLE)
    assert [opened.rows.id(index) for index in range(len(opened.rows))][4:] == [
        "red/0.png", "red/1.png", "red/2.png", "red/3.png", "red/more/deep.JPG",
    ]  # fmt: skip
    assert list(opened.labels) == ["blue"] * 4 + ["red"] * 5
    assert opened.notes == (
        f"{tmp_path}: labelled by the folder at the top: 1 of its 9 images in folders below a class folder",
        f"{tmp_path}: 3 images hidden or kept by a system, so not read: "
        ".ipynb_checkpoints (1), __MACOSX (1), .hidden.png (1)",
        f"{tmp_path}: files that are not images were not read: .txt (1)",
    )


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ("yellow/a.txt", "no images in the class folder 'yellow'"),
        ("stray.png", "1 image beside its class folders"),
    ],
)
def test_broken_class_folders(tmp_path: Path, extra: str, words: str) -> None:
    tiny.class_folders(tmp_path)
    tiny.image(tmp_path / extra) if extra.endswith("png") else (tmp_path / "yellow").mkdir()
    with pytest.raises(DataError, match=words):
        ClassFolders(tmp_path).open(Roles(), SINGLE)


def test_no_class_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no class folders"):
        ClassFolders(tmp_path).open(Roles(), SINGLE)
    tiny.image(tmp_path / "a.png")
    with pytest.raises(DataError, match="has 1 image but no class folders"):
        ClassFolders(tmp_path).open(Roles(), SINGLE)


def test_split_folders(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"train": 2, "Valid": 1, "testing": 1, "spare": 1})
    assert split_folders(tmp_path) == {"train": "train", "val": "Valid", "test": "testing"}
    (tmp_path / "Valid" / "empty").mkdir()
    splits = open_splits(Data(source=str(tmp_path)), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.val is not None
    assert splits.test is not None
    assert (len(splits.train), len(splits.val), len(splits.test)) == (4, 2, 2)
    assert any("not a split, so not read: spare" in note for note in splits.notes)
    assert any("no images in the class folder 'empty'" in note for note in splits.notes)


def test_a_folder_for_a_text_task(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds images, and this task reads texts"):
        open_splits(
            Data(source=str(tiny.class_folders(tmp_path))),
            inputs=(TEXT,),
            wants="category",
            seed=0,
            places={},
        )
