"""Settings of YOLO data sets, and the paths that they name."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.data.yolo.settings import (
    NO_POINTS,
    Found,
    KeyPoints,
    Settings,
    find_settings,
    text_lines,
)
from ftcli.errors import DataError


def written(folder: Path, text: str, name: str = "data.yaml") -> Settings:
    (folder / name).write_text(text)
    found = find_settings(folder / name)
    assert found is not None
    return found


def test_names_are_as_they_are_written(tmp_path: Path) -> None:
    assert written(tmp_path, "names: [no, null, 1.50, 007, 'a b']").names == (
        "no",
        "null",
        "1.50",
        "007",
        "a b",
    )
    assert written(tmp_path, "names:\n  1: red\n  0: blue\n").names == ("blue", "red")
    assert written(tmp_path, "names: lists/all.names").names_file == "lists/all.names"


def test_splits(tmp_path: Path) -> None:
    found = written(tmp_path, "train: [a, b]\nvalid: c\ntest:\nnc: 2\npath: x\n")
    assert (dict(found.splits), found.classes, found.path) == ({"train": ("a", "b"), "val": ("c",)}, 2, "x")
    with pytest.raises(
        DataError, match=r"data\.yaml: train: a path of images, or a list of paths, is wanted"
    ):
        written(tmp_path, "train: {a: b}")


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ("[4, 2]", KeyPoints(4, 2)),
        ("[17, 3]", KeyPoints(17, 3)),
        ("[0, 0]", NO_POINTS),
        ("false", NO_POINTS),
        ("", None),
    ],
)
def test_key_points(tmp_path: Path, said: str, points: KeyPoints | None) -> None:
    assert written(tmp_path, f"kpt_shape: {said}\n").points == points


@pytest.mark.parametrize("said", ["4", "[4]", "[4, 5]", "[-1, 2]", "[a, b]"])
def test_key_points_that_are_none(tmp_path: Path, said: str) -> None:
    with pytest.raises(DataError, match=r"kpt_shape: \[number of key points, 2 or 3\] is wanted"):
        written(tmp_path, f"kpt_shape: {said}\n")


def test_darknet(tmp_path: Path) -> None:
    text = (
        "classes= 2\n# a remark\ntrain  = data/train.txt # here\nvalid=data/val.txt\nnames = data/obj.names\n"
    )
    found = written(tmp_path, text, "obj.data")
    assert dict(found.splits) == {"train": ("data/train.txt",), "val": ("data/val.txt",)}
    assert (found.classes, found.names_file) == (2, "data/obj.names")


def test_settings_of_any_name_are_taken_where_they_are_the_only_ones(tmp_path: Path) -> None:
    said = "train: images\nnames: [a]\n"
    (tmp_path / "run.yaml").write_text("task: object-detection\ndata: {train: x}\n")
    (tmp_path / "odd.yaml").write_text("[")
    (tmp_path / "fruit.yml").write_text(said)
    found = find_settings(tmp_path)
    assert found is not None
    assert found.file == tmp_path / "fruit.yml"
    (tmp_path / "more.yaml").write_text(said)
    assert find_settings(tmp_path) == Settings(tmp_path)
    assert find_settings(tmp_path / "photo.png") is None


def test_paths_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("here/set/images", "here/cfg", "here/images"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert Settings(Path("cfg")).find("set/images") == Found(Path("set/images"), elsewhere=True)
    assert Settings(Path("set")).find("set/images") == Found(Path("set/images"))
    assert Settings(Path("set")).find("images") == Found(Path("set/images"))


def test_paths(tmp_path: Path) -> None:
    root = tmp_path / "set"
    for folder in ("train/images", "lists", "data/x"):
        (root / folder).mkdir(parents=True)
    settings = Settings(root, path="../old")
    images = root / "train/images"
    assert settings.find("train/images") == Found(images)
    assert settings.find("train\\images") == Found(root / "train/images")
    assert settings.find(str(images)) == Found(images)
    assert settings.find("../train/images") == Found(root / "train/images", elsewhere=True)
    assert Settings(root).find("../train/images") == Found(root / "train/images")
    assert Settings(root).find("set/train/images") == Found(root / "train/images")
    assert Settings(root).find("data/train/images") == Found(root / "train/images")
    assert Settings(root).find("C:\\fruit\\train\\images") == Found(root / "train/images", elsewhere=True)
    assert settings.find("x", root / "data") == Found(root / "data/x")
    assert settings.find("gone") is None
    assert settings.find("a\0b") is None
    assert settings.find("n" * 5000) is None


def test_texts_that_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="/dev/zero is a pipe or a device"):
        text_lines(Path("/dev/zero"))
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe0\x00")
    with pytest.raises(DataError, match=r"a\.txt cannot be read"):
        text_lines(tmp_path / "a.txt")
    with (tmp_path / "b.txt").open("wb") as file:
        file.truncate(100_000_001)
    with pytest.raises(DataError, match=r"b\.txt has more than 100 MB"):
        text_lines(tmp_path / "b.txt")
