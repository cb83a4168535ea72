"""From the words of a configuration to splits."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Data
from tests.data.opening import mistake, opened
from tests.tiny import data as tiny


def test_nothing_to_read() -> None:
    assert "data: say where the examples are" in mistake(Data())
    assert "no data set is called 'cifar-10'. Did you mean 'cifar10'?" in mistake(
        Data(source="cifar-10"), "image"
    )
    assert "no such file or folder" in mistake(Data(source="./nowhere"), "image")


def test_a_folder_with_the_name_of_a_known_data_set(workplace: Path) -> None:
    """Neither is taken unseen: whoever has a folder called digits means that one, mostly."""
    tiny.split_folders(workplace / "digits", {"train": 5, "val": 2})
    said = mistake(Data(source="digits"), "image")
    assert (
        "digits is a known data set, and a folder of that name is here. For the folder write ./digits" in said
    )
    splits = opened(Data(source="./digits"), "image")
    assert len(splits.train) == 10


def test_a_folder_of_tables(tmp_path: Path) -> None:
    tiny.table(tmp_path / "train.tsv", tiny.reviews(8))
    tiny.table(tmp_path / "dev.tsv", tiny.reviews(4))
    splits = opened(Data(source=str(tmp_path)))
    assert splits.val is not None
    assert (len(splits.train), len(splits.val)) == (8, 4)


def test_what_is_passed_over_is_noted(tmp_path: Path) -> None:
    tiny.split_folders(tmp_path, {"train": 5, "val": 2})
    splits = opened(Data(source=str(tmp_path), val=0.2), "image")
    assert splits.val is not None
    assert [len(splits.val), any("its split 'val' is not read" in note for note in splits.notes)] == [2, True]
    splits = opened(Data(source=str(tmp_path), test="train"), "image")
    assert any("the test split is the training split itself" in note for note in splits.notes)
