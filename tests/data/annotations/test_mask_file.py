"""Files of pixel classes."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.mask_file import MaskFile
from ftcli.data.splits import Splits, open_splits
from tests.tiny.masks import landscapes

NAMES = ("ground", "sky")
PLACES = {"data": "x.yaml:2", "data.mask": "x.yaml:4"}


def opened(**keys: Any) -> Splits:
    return open_splits(Data(**keys), inputs=(IMAGE,), wants="mask", seed=0, places=PLACES)


def test_a_value_is_read_as_its_class(tmp_path: Path) -> None:
    landscapes(tmp_path / "images", tmp_path / "masks", count=2)
    mask = opened(source=str(tmp_path), class_names=NAMES, val=0.0).train[0].target
    assert mask.names == {0: "ground", 1: "sky"}
    assert set(np.unique(mask.read())) == {0, 1, 255}
    assert pickle.loads(pickle.dumps(mask)) == mask


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16"])
def test_one_value_a_pixel_in_any_mode(tmp_path: Path, mode: str) -> None:
    values = np.array([[0, 1], [1, 0]], dtype=np.uint16 if mode == "I;16" else np.uint8)
    image = Image.fromarray(values * 255).convert("1") if mode == "1" else Image.fromarray(values)
    if mode == "P":
        image.putpalette([0] * 6)
    image.save(tmp_path / "a.png")
    assert MaskFile(tmp_path / "a.png", {}).read().tolist() == [[0, 1], [1, 0]]
