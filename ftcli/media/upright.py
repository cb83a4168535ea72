"""Opened pictures of Pillow as upright RGB of 8 bits.

Scripts of exports hold this code, so it needs nothing but Pillow and NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

# No others: each decoder is a door.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
# Of EXIF; its values 2..8 and what puts them right.
ORIENTATION = 0x0112
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Times the working size that a JPEG decoded at reduced scale still has, for resizing to even out.
SPARE = 2


class GreyLevelsError(ValueError):
    """Grey levels that are not of 8 or 16 bits."""


def orientation(image: Image.Image) -> int:
    """What the file says, 1 to 8; 1 where its metadata is broken, which says nothing of the pixels."""
    try:
        found = int(image.getexif().get(ORIENTATION, 1))
    except Exception:
        return 1
    return found if found in UPRIGHT else 1


def upright(image: Image.Image) -> Image.Image:
    """The picture, decoded, and turned as its file says."""
    image.load()
    turn = UPRIGHT.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height once it is turned, without decoding it."""
    width, height = image.size
    return (height, width) if orientation(image) >= 5 else (width, height)


def decode_smaller(image: Image.Image, working: int) -> None:
    """Let a JPEG whose shorter side is resized to `working` decode at the smallest scale that is near exact.

    Other formats have no scales. Sides that the scale does not divide are rounded up, which would shift all pixels by
    a little.
    """
    for scale in (8, 4, 2):
        exact = image.width % scale == 0 and image.height % scale == 0
        if exact and min(image.size) >= scale * SPARE * working:
            image.draft(None, (image.width // scale, image.height // scale))
            return


def rgb(image: Image.Image) -> Image.Image:
    """Three channels of 8 bits: 16-bit levels are scaled, and what is transparent is put on white.

    Raises `GreyLevelsError` for levels that are of neither.
    """
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def eight_bits(levels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Grey levels (H, W) of 16 bits, of 32 bits that hold no more than 16, or floats in [0, 1], as 8 bits."""
    if levels.dtype.kind == "f" and levels.min() >= 0 and levels.max() <= 1:
        return np.round(levels * 255).astype(np.uint8)
    if levels.dtype.kind in "ui" and levels.min() >= 0 and levels.max() <= 0xFFFF:
        return np.round(levels / 257).astype(np.uint8)
    found = f"{levels.dtype} grey levels from {levels.min():g} to {levels.max():g}"
    raise GreyLevelsError(f"{found}: save it with 8 or 16 bits")
