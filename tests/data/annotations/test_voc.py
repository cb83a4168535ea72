"""Annotations of Pascal VOC."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import DataError
from tests.data.annotations.opening import SIZES, opened
from tests.tiny import boxes as tiny


def test_xml_beside_images(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", {"train": 4})
    for file in (root / "Annotations").iterdir():
        file.rename(root / "JPEGImages" / file.name)
    found = opened(root / "JPEGImages", val=0.0)
    assert (len(found.train), found.val) == (4, None)
    (root / "JPEGImages/0.xml").unlink()
    with pytest.raises(DataError, match=r"1 of its 4 images have no XML file of the same name"):
        opened(root / "JPEGImages")


def test_difficult_objects_count_neither_way(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    file = root / "Annotations/0.xml"
    file.write_text(file.read_text().replace("<difficult>0", "<difficult>1", 1))
    assert opened(root).train[0].target.crowd == (True, False)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</annotation>", "", "0.xml is not XML"),
        ("<annotation>", '<!DOCTYPE a [<!ENTITY b "c">]><annotation>', "0.xml defines a document type"),
        ("<name>blue</name>", "", "0.xml: an object has no name"),
        ("<xmin>", "<xmin>a", "0.xml: a side of a box is not a number"),
        ("<width>64", "<width>32", "0.xml: says that 0.png has 32 x 48 pixels"),
    ],
)
def test_mistakes_in_xml(tmp_path: Path, old: str, new: str, said: str) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    file = root / "Annotations/0.xml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=said):
        opened(root)


def test_lists_of_images_that_are_not_there(tmp_path: Path) -> None:
    root = tiny.voc(tmp_path / "x", SIZES)
    with (root / "ImageSets/Main/train.txt").open("a") as file:
        file.write("1000\n")
    with pytest.raises(DataError, match=r"train.txt:5: .*JPEGImages/1000 does not exist.*bad_files: skip"):
        opened(root)
