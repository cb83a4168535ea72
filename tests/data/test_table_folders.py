"""Folders of tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.sources.base import Opener
from ftcli.data.sources.tables import table
from ftcli.data.table_folders import hub_folder, table_in_parts
from ftcli.errors import DataError


def opener(path: Path) -> Opener:
    return table(path, Data(), Places().under("data", DataError), "source")


def filled(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text,label\na,x\n")
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("train.csv", "test.csv"),
        ("photos/a.png", "photos/train.png"),
        ("a/b.csv", "c/d.csv"),
        ("test-00000-of-00001.csv",),
        ("data/photo.png",),
    ],
)
def test_folders_of_another_kind(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert hub_folder(filled(tmp_path, *names), None, opener) is None


def test_a_subset_is_a_folder(tmp_path: Path) -> None:
    filled(tmp_path, "data/en/train-00000-of-00001.csv", "data/de/train-00000-of-00001.csv")
    found = hub_folder(tmp_path, "de", opener)
    assert found is not None
    assert found.usual == {"train": "train"}
    assert hub_folder(tmp_path, "fr", opener) is None


def test_parts_of_one_table(tmp_path: Path) -> None:
    filled(tmp_path / "a", "part-0.csv", "part-1.csv", "_SUCCESS", "README.md", ".hidden.crc")
    found = table_in_parts(tmp_path / "a", opener)
    assert found is not None
    assert [Path(one.name).name for one in found.openers] == ["part-0.csv", "part-1.csv"]
    for names in (
        ("metadata.csv", "a.png"),
        ("films.csv", "books.csv"),
        ("1.txt", "2.txt"),
        ("a.csv", "b/c.csv"),
    ):
        assert table_in_parts(filled(tmp_path / names[0], *names), opener) is None
