"""Files that a path nearly names."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ftcli.data.cells.folder_index import CAPITALS, ENDING, FolderIndex
from ftcli.media.formats import IMAGE_FILES

CAFE = "caf\u00e9"


def ways(root: Path, name: str) -> list[tuple[tuple[str, ...], list[str]]]:
    found = FolderIndex(IMAGE_FILES).meant(str(root / name))
    return [(way, [Path(one).relative_to(root).as_posix() for one in files]) for way, files in found]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "Img/1.png",
        "Img/1.txt",
        "Img/A.b.JPG",
        f"Img/{unicodedata.normalize('NFD', CAFE)}.png",
        "Img/2.png/x",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Img/1", [((ENDING,), ["Img/1.png"])]),
        ("img/1.PNG", [((CAPITALS,), ["Img/1.png"])]),
        ("Img/a.B", [((CAPITALS, ENDING), ["Img/A.b.JPG"])]),
        (f"Img/{CAFE}.png", [((CAPITALS,), [f"Img/{unicodedata.normalize('NFD', CAFE)}.png"])]),
        ("Img/1.jpg", []),
        ("Img/2", []),
        ("other/1", []),
    ],
)
def test_the_nearest_files(root: Path, name: str, wanted: list[object]) -> None:
    assert ways(root, name) == wanted


def test_all_files_of_a_way_are_given(root: Path) -> None:
    (root / "Img/1.jpg").touch()
    assert ways(root, "Img/1") == [((ENDING,), ["Img/1.jpg", "Img/1.png"])]


def test_files_with_other_endings(root: Path) -> None:
    found = FolderIndex(IMAGE_FILES).with_other_endings(str(root / "Img/1.gif"))
    assert found == [str(root / "Img/1.png")]


def test_a_folder_is_listed_once(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    listed: list[str] = []
    real = os.listdir

    def counting(folder: str) -> list[str]:
        listed.append(folder)
        return real(folder)

    monkeypatch.setattr(os, "listdir", counting)
    index = FolderIndex(IMAGE_FILES)
    for number in range(50):
        list(index.meant(str(root / f"Img/{number}")))
    assert listed == [str(root / "Img")]
