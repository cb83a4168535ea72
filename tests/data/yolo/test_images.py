"""The images of YOLO splits, and the files of their labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.yolo.images import LabelFiles, Pictures, label_folders
from ftcli.data.yolo.settings import Settings
from tests.data.yolo.making import made


@pytest.mark.parametrize(
    ("images", "there", "labels"),
    [
        ("images/train", "labels/train", "labels/train"),
        ("images/train/more", "labels/train", "labels/train"),
        ("train/images", "train/labels", "train/labels"),
        ("Images/a", "Labels/a", "Labels/a"),
        ("JPEGImages", "labels", "labels"),
        ("images/images", "labels/images", "labels/images"),
        ("images", "label", "label"),
        ("images", "annotations", "annotations"),
        ("images", "other", None),
        ("flat", "labels", None),
    ],
)
def test_folders_of_labels(tmp_path: Path, images: str, there: str, labels: str | None) -> None:
    for folder in (images, there):
        (tmp_path / folder).mkdir(parents=True)
    wanted = (tmp_path / images,) if labels is None else (tmp_path / labels, tmp_path / images)
    assert label_folders(tmp_path / images) == wanted


def test_labels_are_found_from_within_the_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(tmp_path, "images/train/a.png", "labels/train/a.txt")
    monkeypatch.chdir(tmp_path / "images")
    assert LabelFiles().of(Path("train/a.png")) == tmp_path / "labels/train/a.txt"


def test_files_of_labels(tmp_path: Path) -> None:
    made(
        tmp_path,
        "images/a.png",
        "labels/a.TXT",
        "labels/b.png.txt",
        "images/c.txt",
        "labels/d.e.txt",
        "labels/f.txt",
    )
    (tmp_path / "labels/README.txt").write_text("Labels of ...\n")
    files = LabelFiles()
    found = [files.of(tmp_path / "images" / name) for name in ("a.png", "b.png", "c.png", "d.e.jpg", "g.png")]
    names = ("labels/a.TXT", "labels/b.png.txt", "images/c.txt", "labels/d.e.txt")
    assert found == [*(tmp_path / name for name in names), None]
    assert list(files.spare()) == [tmp_path / "labels/f.txt"]


def test_labels_of_many_folders_in_one_are_not_spare(tmp_path: Path) -> None:
    made(tmp_path, "images/train/a.png", "labels/a.txt", "labels/of_val.txt")
    files = LabelFiles()
    assert files.of(tmp_path / "images/train/a.png") == tmp_path / "labels/a.txt"
    assert list(files.spare()) == []


def test_names_of_images(tmp_path: Path) -> None:
    root = made(tmp_path / "set", "a/1.png", "a/deep/2.JPG", "a/.hidden.png", "a/notes.md", "b/3.png")
    (root / "list.txt").write_text(f"\n./b/3.png\nb\\3.png\n{root}/a/1.png\n/gone/4.png\n")
    settings = Settings(root)
    assert list(Pictures(settings, (root / "a",)).names()) == ["1.png", "deep/2.JPG"]
    both = Pictures(settings, (root / "a", root / "b", root / "a"))
    notes: list[str] = []
    assert list(both.names(lambda *note: notes.append(note[0]))) == ["a/1.png", "a/deep/2.JPG", "b/3.png"]
    again = "images that are named again, taken once"
    other = "files of the kind .md, which are not read as images"
    assert notes == [other, again, again, other]
    assert list(Pictures(settings, (root / "list.txt",)).names()) == ["b/3.png", "a/1.png", "/gone/4.png"]
