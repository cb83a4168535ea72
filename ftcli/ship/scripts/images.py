"""Images as tensors: needs Pillow and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image, ImageOps

from ftcli.ship.scripts.resampling import resample
from ftcli.ship.scripts.settings import SETTINGS

IMAGE = SETTINGS["image"]
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")


def pixels_of(image: Any) -> np.ndarray:
    """uint8 (H, W, 3), upright, of a file or an array (H, W) or (H, W, 3)."""
    if isinstance(image, np.ndarray):
        return image if image.ndim == 3 else np.stack([image] * 3, axis=-1)
    with Image.open(image, formats=FORMATS) as opened:
        for scale in (8, 4, 2):  # a JPEG is decoded smaller where that is exact
            sides = opened.size
            if not any(side % scale for side in sides) and min(sides) >= 2 * scale * IMAGE["resize"]:
                opened.draft(None, (sides[0] // scale, sides[1] // scale))
                break
        opened.load()
        return np.array(rgb(ImageOps.exif_transpose(opened)))


def size_of(image: Any) -> tuple[int, int]:
    """Width and height of an upright image."""
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0]
    with Image.open(image, formats=FORMATS) as opened:
        width, height = opened.size
        return (height, width) if opened.getexif().get(0x0112, 1) >= 5 else (width, height)


def rgb(image: Image.Image) -> Image.Image:
    """Three channels of 8 bits: 16 bits are scaled, and what is transparent is put on white."""
    if image.mode.startswith(("I", "F")):
        levels = np.asarray(image)
        floats = levels.dtype.kind == "f" and levels.max() <= 1
        return Image.fromarray(np.round(levels * 255 if floats else levels / 257).astype(np.uint8)).convert(
            "RGB"
        )
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def middle(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of an image."""
    top, left = round((pixels.shape[0] - height) / 2), round((pixels.shape[1] - width) / 2)
    return pixels[top : top + height, left : left + width]


def resized(pixels: np.ndarray) -> np.ndarray:
    """The shorter side at its size, or the whole image squashed to a square."""
    side, interpolation = IMAGE["resize"], IMAGE["interpolation"]
    wanted = [side, side]
    if not IMAGE["squash"]:
        shorter = min(pixels.shape[:2])
        # A panorama is cut first.
        pixels = middle(pixels, min(pixels.shape[0], 2 * shorter), min(pixels.shape[1], 2 * shorter))
        wanted = [length * side // shorter for length in pixels.shape[:2]]
    height, width = wanted
    return resample(resample(pixels, width, interpolation, axis=1), height, interpolation, axis=0)


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """`pixels` float32 (B, 3, crop, crop)."""
    crop = IMAGE["crop"]
    pixels = np.stack([middle(resized(pixels_of(one["image"])), crop, crop) for one in inputs])
    mean, std = (np.array(IMAGE[name], dtype=np.float32) * np.float32(255) for name in ("mean", "std"))
    normal = (pixels.astype(np.float32) - mean) / std
    return {"pixels": np.ascontiguousarray(normal.transpose(0, 3, 1, 2))}
