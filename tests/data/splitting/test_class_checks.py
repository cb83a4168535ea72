"""What is wrong or odd with the classes of a split."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.errors import DataError
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny

CAFE = unicodedata.normalize("NFC", "café"), unicodedata.normalize("NFD", "café")


def test_a_label_that_only_validation_has(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", [*tiny.reviews(), {"text": "so so", "label": "goood"}])
    message = mistake(Data(train=str(train), val=str(val)))
    assert "labels that the training split does not have: 'goood' (1 example, the first at " in message
    assert "b.csv:10; did you mean 'good'?)" in message


def test_a_class_that_validation_lacks_is_a_note(tmp_path: Path) -> None:
    train = tiny.table(tmp_path / "a.csv", tiny.reviews())
    val = tiny.table(tmp_path / "b.csv", tiny.reviews(1))
    splits = opened(Data(train=str(train), val=str(val)))
    assert any("the validation split has no example of bad" in note for note in splits.notes)


@pytest.mark.parametrize("names", [CAFE, ("Cat", "cat")])
def test_classes_that_look_alike_are_noted(names: tuple[str, str], tmp_path: Path) -> None:
    tiny.class_folders(tmp_path, (*names, "red"))
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("this file system takes them for one name")
    splits = opened(Data(source=str(tmp_path)), "image")
    assert len(splits.target.classes) == 3
    assert any(f"{min(names)!a}, {max(names)!a} look alike" in note for note in splits.notes)


def test_a_name_that_is_composed_otherwise_in_another_split(tmp_path: Path) -> None:
    tiny.class_folders(tmp_path / "train", (CAFE[0], "red"))
    tiny.class_folders(tmp_path / "val", (CAFE[1], "red"))
    with pytest.raises(
        DataError, match="training has the same name with characters that are composed otherwise"
    ):
        opened(Data(source=str(tmp_path)), "image")
