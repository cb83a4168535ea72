"""Images turned upright."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from ftcli.contracts import ImagePreprocess
from ftcli.media.images import decode, resize
from ftcli.media.orientation import Shape
from ftcli.media.upright import UPRIGHT
from tests.media.photographs import encoded, photograph
from tests.tiny import boxes


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_boxes_turn_with_their_image(orientation: int) -> None:
    """What is inside a box of the stored image is inside the turned box of the turned one."""
    image, found = boxes.tiles(3)
    corners = np.array([sides for _, sides in found], dtype=np.float64)
    turned = Shape(*image.size, orientation).turned(corners)
    upright = np.asarray(image.transpose(UPRIGHT[orientation]))
    assert Shape(*image.size, orientation).upright == (upright.shape[1], upright.shape[0])
    pixels = np.asarray(image.convert("L"))
    assert np.array_equal(
        Shape(*image.size, orientation).turned_pixels(pixels),
        np.asarray(image.convert("L").transpose(UPRIGHT[orientation])),
    )
    for (name, _), (left, top, right, bottom) in zip(found, turned.astype(int).tolist(), strict=True):
        inside = (upright == boxes.COLOURS[name]).all(axis=2)
        assert inside.sum() == inside[top:bottom, left:right].sum() == (right - left) * (bottom - top)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation: int) -> None:
    from PIL import ImageOps

    image = Image.fromarray(np.arange(6 * 4 * 3, dtype=np.uint8).reshape(6, 4, 3))
    exif = Image.Exif()
    exif[0x0112] = orientation
    raw = encoded(image, "PNG", exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(raw))))
    assert decode(raw).permute(1, 2, 0).tolist() == expected.tolist()


def test_a_reduced_jpeg_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    raw = encoded(photograph(640, 960), "JPEG", exif=exif)
    reduced, whole = decode(raw, 40), decode(raw)
    assert (reduced.shape, whole.shape) == ((3, 120, 80), (3, 960, 640))
    target = ImagePreprocess(resize=40, crop=40)
    assert float((resize(reduced, target).float() - resize(whole, target).float()).abs().mean()) < 1
