"""Resizing images as PyTorch does: antialiased, in whole numbers, so that no pixel differs."""

from __future__ import annotations

import numpy as np


def triangle(x: np.ndarray) -> np.ndarray:
    """The filter of "bilinear"."""
    return np.asarray(np.maximum(1 - np.abs(x), 0))


def cubic(x: np.ndarray) -> np.ndarray:
    """The filter of "bicubic"."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((2.5 - 0.5 * x) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


# Filters, and how far they reach.
FILTERS = {"bilinear": (triangle, 1), "bicubic": (cubic, 2)}


def resample(pixels: np.ndarray, size: int, interpolation: str, axis: int) -> np.ndarray:
    """uint8 pixels with `size` of them along an axis."""
    length = pixels.shape[axis]
    if length == size:
        return pixels
    scale = length / size
    if interpolation == "nearest-exact":
        places = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(scale)
        return np.asarray(pixels.take(np.minimum(places.astype(int), length - 1), axis))
    function, reach = FILTERS[interpolation]
    wide = max(scale, 1.0)
    centres = (np.arange(size) + 0.5) * scale
    first = np.maximum((centres - reach * wide + 0.5).astype(int), 0)
    last = np.minimum((centres + reach * wide + 0.5).astype(int), length)
    taps = first[:, None] + np.arange((last - first).max())
    weights = np.where(taps < last[:, None], function((taps - centres[:, None] + 0.5) / wide), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    # As many bits as the largest weight leaves of 16.
    bits = next(n for n in range(22) if n == 21 or int(0.5 + weights.max() * 2 ** (n + 1)) >= 2**15)
    whole = np.trunc(weights * 2**bits + np.copysign(0.5, weights)).astype(np.int32)
    pixels = np.moveaxis(pixels, axis, -1)
    total = np.full((*pixels.shape[:-1], size), 1 << (bits - 1), dtype=np.int32)
    for tap, weight in zip(np.minimum(taps, length - 1).T, whole.T, strict=True):
        total += weight * pixels[..., tap]
    return np.moveaxis(np.clip(total >> bits, 0, 255).astype(np.uint8), -1, axis)
