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
from ftcli.data.masks.mask_file import ColouredError, MaskFile, check_colours, counts_of, is_coloured
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import DataError
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


@pytest.mark.parametrize("mode", ["L", "P", "1", "I;16", "LA", "RGB", "RGBA"])
def test_one_value_a_pixel_in_any_mode(tmp_path: Path, mode: str) -> None:
    values = np.array([[0, 1], [1, 0]], dtype=np.uint16 if mode == "I;16" else np.uint8)
    image = Image.fromarray(values * 255).convert("1") if mode == "1" else Image.fromarray(values)
    if mode in ("LA", "RGB", "RGBA"):
        image = image.convert(mode)
    if mode == "P":
        image.putpalette([0] * 6)
    image.save(tmp_path / "a.png")
    assert MaskFile(tmp_path / "a.png", {}).read().tolist() == [[0, 1], [1, 0]]


def saved(path: Path, values: Any, **options: Any) -> MaskFile:
    Image.fromarray(np.array(values)).save(path, **options)
    return MaskFile(path, {})


def test_whole_numbers_of_a_float_file(tmp_path: Path) -> None:
    values = np.array([[0, 300], [2, 0]], dtype=np.float32)
    assert saved(tmp_path / "a.tif", values).read().tolist() == values.tolist()
    with pytest.raises(DataError, match=r"a.tif is not a mask: its values are not whole numbers"):
        saved(tmp_path / "a.tif", values / 4).read()
    with pytest.raises(DataError, match="its values are from -1 to 299: 0 to 65535 are wanted"):
        saved(tmp_path / "a.tif", values - 1).read()


def test_what_only_transparency_tells_is_refused(tmp_path: Path) -> None:
    layers = np.zeros((2, 2, 4), dtype=np.uint8)
    layers[0, 0, 3] = 255
    with pytest.raises(DataError, match="differ by how transparent they are"):
        saved(tmp_path / "a.png", layers).read()


def test_colours_are_values_where_they_have_names(tmp_path: Path) -> None:
    colours = np.array([[[0, 0, 0], [128, 0, 255]]], dtype=np.uint8)
    file = saved(tmp_path / "a.png", colours)
    assert is_coloured(file.path)
    with pytest.raises(ColouredError, match=r"its pixels are colours \(RGB\), such as \(128, 0, 255\)"):
        file.read()
    assert MaskFile(file.path, {0: "ground", 0x8000FF: "sky"}, coloured=True).read().tolist() == [
        [0, 0x8000FF]
    ]
    with pytest.raises(DataError, match=r"no colour \(128, 0, 255\), which 1 of its pixels have"):
        check_colours(MaskFile(file.path, {}, coloured=True).read(), [0], file.path)


def test_what_is_between_black_and_white_is_rounded(tmp_path: Path) -> None:
    values = np.zeros((64, 64), dtype=np.uint8)
    values[20:40, 20:40] = 255
    file = saved(tmp_path / "a.jpg", values, quality=60)
    loaded = file.load()
    assert loaded.rounded > 0
    assert loaded.values.tolist() == values.tolist()
    values[50:60, 50:60] = 128
    with pytest.raises(DataError, match="JPEG keeps no exact values"):
        saved(tmp_path / "a.jpg", values, quality=60).read()
    assert saved(tmp_path / "b.png", values).load().rounded == 0


def test_pixels_are_counted_by_value() -> None:
    assert counts_of(np.array([[3, 3], [0, 65535]], dtype=np.uint16)) == {0: 1, 3: 2, 65535: 1}
    assert counts_of(np.array([[0xFFFFFF, 0]], dtype=np.int32)) == {0: 1, 0xFFFFFF: 1}
