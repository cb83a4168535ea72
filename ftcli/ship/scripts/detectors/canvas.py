"""Whole images on a canvas with the largest sides of the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from ftcli.ship.scripts.images import IMAGE, pixels_of
from ftcli.ship.scripts.resampling import resample

STEP = 1 if IMAGE["squash"] else 32


def whole(pixels: np.ndarray) -> np.ndarray:
    """An image at the size that the network takes."""
    height, width = pixels.shape[:2]
    rows, columns = IMAGE["resize"], IMAGE["resize"]
    if not IMAGE["squash"]:
        scale = min(IMAGE["resize"] / min(height, width), IMAGE["longest"] / max(height, width))
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    interpolation = IMAGE["interpolation"]
    return resample(resample(pixels, columns, interpolation, axis=1), rows, interpolation, axis=0)


def batch(inputs: list[dict[str, Any]]) -> dict[str, np.ndarray]:
    """`pixels` float32 (B, 3, H, W), each image at the top left beside zeros, and `sizes` int64 (B, 2)."""
    images = [whole(pixels_of(one["image"])) for one in inputs]
    sizes = np.array([image.shape[:2] for image in images])
    height, width = (-(-sizes.max(axis=0) // STEP) * STEP).tolist()
    mean, std = (np.array(IMAGE[name], dtype=np.float32) * np.float32(255) for name in ("mean", "std"))
    pixels = np.zeros((len(images), 3, height, width), dtype=np.float32)
    for canvas, image in zip(pixels, images, strict=True):
        normal = (image.astype(np.float32) - mean) / std
        canvas[:, : image.shape[0], : image.shape[1]] = normal.transpose(2, 0, 1)
    return {"pixels": pixels, "sizes": sizes}
