"""What is checked in every row of a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_splits
from ftcli.errors import DataError
from tests.tiny import data as tiny


def test_images_of_a_table_must_exist(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    splits = open_splits(Data(train=str(path)), inputs=(IMAGE,), wants="category", seed=0, places={})
    assert splits.train[0].inputs["image"].is_file()
    for file in (tmp_path / "images" / "red").iterdir():
        file.unlink()
    with pytest.raises(
        DataError,
        match=r"4 of the 8 images in .*a.csv cannot be used.*\n.*a.csv:6: images/red/0.png does not exist",
    ):
        open_splits(Data(train=str(path)), inputs=(IMAGE,), wants="category", seed=0, places={})
