"""Where the images are that annotations name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.data.annotations.image_names import located


def folder(root: Path, *files: str) -> list[Path]:
    """The root and its folder `images`, with these files."""
    (root / "images").mkdir(exist_ok=True)
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).touch()
    return [root / "images", root]


@pytest.mark.parametrize(
    ("names", "files", "found"),
    [
        (["0.png", "1.png"], ["images/0.png", "images/1.png"], ("images", ["0.png", "1.png"])),
        (["images/0.png"], ["images/0.png"], ("", ["images/0.png"])),
        (["images/0.png"], ["images/images/0.png"], ("images", ["images/0.png"])),
        (["images/images/0.png"], ["images/0.png"], ("", ["images/0.png"])),
        (["/home/me/set/0.png", "/home/me/set/1.png"], ["0.png", "1.png"], ("", ["0.png", "1.png"])),
        (["/home/me/set/a/0.png", "/home/me/set/b/0.png"], ["images/a/0.png", "images/b/0.png"],
         ("images", ["a/0.png", "b/0.png"])),
        (["C:\\set\\a\\0.png", "C:\\set\\b\\0.png"], ["a/0.png", "b/0.png"], ("", ["a/0.png", "b/0.png"])),
        (["a\\0.png"], ["images/a/0.png"], ("images", ["a/0.png"])),
        (["a\\0.png"], ["images/a\\0.png", "images/a/0.png"], ("images", ["a\\0.png"])),
        (["x/0.png", "1.png"], ["0.png", "1.png"], ("", ["0.png", "1.png"])),
        (["gone.png"], [], ("images", ["gone.png"])),
        (["0.png", "1.png"], ["images/0.png", "images/1.PNG"], ("images", ["0.png", "1.PNG"])),
        (["0", "1.png"], ["images/0.jpg", "images/1.png"], ("images", ["0.jpg", "1.png"])),
        (["a%20b.png"], ["a b.png"], ("", ["a b.png"])),
        (["0.JPG", "1.JPG"], ["0.jpg", "1.jpg"], ("", ["0.jpg", "1.jpg"])),
    ],
)  # fmt: skip
def test_names_are_found(
    tmp_path: Path, names: Sequence[str], files: Sequence[str], found: tuple[str, list[str]]
) -> None:
    known = located(names, folder(tmp_path, *files), "x.json")
    assert (known.folder, known.names) == (tmp_path / found[0] if found[0] else tmp_path, found[1])
    assert len(known.notes) == (found[1] != list(names))


def test_a_name_on_this_machine_is_itself(tmp_path: Path) -> None:
    folders = folder(tmp_path, "there/0.png")
    name = str(tmp_path / "there/0.png")
    known = located([name], folders, "x.json")
    assert known.folder / known.names[0] == tmp_path / "there/0.png"


def test_names_that_would_become_one_stay(tmp_path: Path) -> None:
    """One file is there, which may be either."""
    known = located(["/a/0.png", "/b/0.png"], folder(tmp_path, "images/0.png"), "x.json")
    assert (known.names, known.notes) == (["/a/0.png", "/b/0.png"], ())


def test_the_note_tells_where(tmp_path: Path) -> None:
    known = located(["/a/0.png"], folder(tmp_path, "images/0.png"), "x.json")
    images = tmp_path / "images"
    assert known.notes == (
        f"x.json: images are found by the end of their names (/a/0.png is {images}/0.png)",
    )
    known = located(["0.png", "1.png"], folder(tmp_path, "images/1.PNG"), "x.json")
    assert "1.png is 1.PNG" in known.notes[0]
