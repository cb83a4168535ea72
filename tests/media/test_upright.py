"""The code that exports hold is that of training; `test_pictures` and `test_orientation` have what it does."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ftcli.media.upright import GreyLevelsError, decode_smaller, orientation, rgb, upright, upright_size


def jpeg(exif: bytes) -> Image.Image:
    """An opened JPEG, 4 wide and 2 high, with metadata."""
    file = io.BytesIO()
    Image.new("RGB", (4, 2)).save(file, "JPEG", exif=exif)
    return Image.open(file)


def test_an_image_on_its_side_is_turned() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    image = jpeg(turned.tobytes())
    assert (orientation(image), upright_size(image), upright(image).size) == (6, (2, 4), (2, 4))


def test_broken_metadata_say_nothing() -> None:
    image = jpeg(b"Exif\x00\x00II*\x00\xff\xff")
    assert (orientation(image), upright_size(image), upright(image).size) == (1, (4, 2), (4, 2))


def test_a_jpeg_is_decoded_smaller_where_that_is_exact(tmp_path: Path) -> None:
    Image.new("RGB", (64, 48)).save(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        decode_smaller(image, 6)
        assert image.size == (16, 12)


def test_levels_of_more_than_16_bits_are_refused() -> None:
    with pytest.raises(
        GreyLevelsError, match="int32 grey levels from 70000 to 70000: save it with 8 or 16 bits"
    ):
        rgb(Image.fromarray(np.full((2, 2), 70_000, dtype=np.int32)))
