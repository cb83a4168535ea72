"""Formats of files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image

from ftcli.errors import DataError
from ftcli.media.images import decode


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
def test_formats(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    Image.new("RGB", (6, 4), (250, 10, 10)).save(path)
    pixels = decode(path)
    assert (pixels.shape, pixels.dtype) == ((3, 4, 6), torch.uint8)
    assert torch.equal(decode(path.read_bytes()), pixels)
    assert pixels[0].min() > 235
    assert pixels[1:].max() < 25


def test_a_format_that_is_not_on_the_list(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png", "ICO", sizes=[(16, 16)])
    with pytest.raises(DataError, match=r"a.png is not an image of a known format"):
        decode(tmp_path / "a.png")
