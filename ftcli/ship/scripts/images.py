"""Images as tensors: needs Pillow and NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from ftcli.media.upright import FORMATS, decode_smaller, rgb, upright, upright_size
from ftcli.ship.scripts.resampling import resample
from ftcli.ship.scripts.settings import SETTINGS

IMAGE = SETTINGS["image"]


def pixels_of(image: Any) -> np.ndarray:
    """uint8 (H, W, 3), upright, of a file or an array (H, W) or (H, W, 3)."""
    if isinstance(image, np.ndarray):
        return image if image.ndim == 3 else np.stack([image] * 3, axis=-1)
    with Image.open(image, formats=FORMATS) as opened:
        decode_smaller(opened, IMAGE["resize"])
        return np.array(rgb(upright(opened)))


def size_of(image: Any) -> tuple[int, int]:
    """Width and height of an upright image."""
    if isinstance(image, np.ndarray):
        return image.shape[1], image.shape[0]
    with Image.open(image, formats=FORMATS) as opened:
        return upright_size(opened)


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
