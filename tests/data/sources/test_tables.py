"""Tables by their endings, and the folder that their files are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.splits import open_splits
from ftcli.errors import DataError
from tests.tiny import data as tiny


def test_root_moves_the_images_of_a_table(tmp_path: Path) -> None:
    path = tiny.image_table(tmp_path / "a.csv")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "images").rename(tmp_path / "elsewhere" / "images")
    data = Data(train=str(path), root=str(tmp_path / "elsewhere"))
    assert len(open_splits(data, inputs=(IMAGE,), wants="category", seed=0, places={}).train) == 6
    with pytest.raises(DataError, match=r"data\.root: no such file or folder"):
        open_splits(
            Data(train=str(path), root="nowhere"), inputs=(IMAGE,), wants="category", seed=0, places={}
        )
