"""Colours for classes, and pictures with them."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = 0.618034  # of the colour circle between neighbours: any few classes in a row look different


def colour(index: int) -> tuple[int, int, int]:
    """Red, green and blue of class `index`, 0 to 255; the first is dark, as it is often the background."""
    if index == 0:
        return 30, 30, 30
    red, green, blue = colorsys.hsv_to_rgb(index * GOLDEN % 1, 0.85 - 0.3 * (index // 3 % 2), 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


PALETTE = [value for index in range(256) for value in colour(index)]


def blended(pixels: NDArray[np.uint8], mask: NDArray[Any], opacity: float = 0.5) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) under the colours of a mask of indices (H, W)."""
    colours = np.array(PALETTE, dtype=np.float32).reshape(-1, 3)[mask]
    mixed: NDArray[np.uint8] = (pixels * (1 - opacity) + colours * opacity).round().astype(np.uint8)
    return mixed
