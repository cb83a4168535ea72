"""Annotations of YOLO."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import DataError
from tests.data.annotations.opening import SIZES, opened
from tests.tiny import boxes as tiny


def test_yolo_without_names_with_outlines_and_images_without_labels(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "data.yaml").unlink()
    (root / "labels/train/0.txt").write_text("1 0.25 0.25 0.5 0.25 0.5 0.75\n")
    (root / "labels/train/1.txt").unlink()
    found = opened(root)
    assert found.target.classes == ("0", "1")
    assert found.train[0].target.corners.tolist() == [[16, 12, 32, 36]]
    assert found.train[1].target.labels == ()
    assert any("images without boxes: 1, the first in 1.png" in note for note in found.notes)
    assert opened(root, class_names=("blue", "red")).target.classes == ("blue", "red")


def test_yolo_as_its_settings_say(tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "images/train").rename(root / "images/first")
    (root / "labels/train").rename(root / "labels/first")
    (root / "data.yaml").write_text("train: images/first\nval: images/val\nnames: {0: sky, 1: sun}\n")
    assert opened(root / "data.yaml").target.classes == ("sky", "sun")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("!!python/object/apply:os.system [ls]", r"data\.yaml:2: names: a tag"),
        ("&a [*a]", r"data\.yaml:2: names\[0\]: an alias"),
        ("[" * 99, r"data\.yaml:2: .*nested deeper than 20 levels"),
        ("{0: sky, 2: sun}", r"data\.yaml: names: a list, or a mapping from 0"),
    ],
)
def test_a_data_yaml_that_is_hostile_or_wrong(names: str, said: str, tmp_path: Path) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "data.yaml").write_text(f"train: images/train\nnames: {names}\n")
    with pytest.raises(DataError, match=said):
        opened(root)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.1", "0.txt:1: 4 numbers: class centre-x"),
        ("blue 0.5 0.5 0.1 0.1", "0.txt:1: the class is 'blue'"),
        ("5 0.5 0.5 0.1 0.1", "0.txt:1: the class is 5, and there are 2 names"),
        ("0 32 24 10 10", "0.txt:1: a number lies outside 0 to 1: fractions"),
        ("0 a 0.5 0.1 0.1", "0.txt:1: could not convert string to float: 'a'"),
    ],
)
def test_mistakes_in_yolo(tmp_path: Path, line: str, said: str) -> None:
    root = tiny.yolo(tmp_path / "x", SIZES)
    (root / "labels/train/0.txt").write_text(line)
    with pytest.raises(DataError, match=said):
        opened(root)
