"""What is wrong or odd with the classes of a split."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


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
