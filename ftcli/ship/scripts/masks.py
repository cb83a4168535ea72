"""A class for each pixel."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from ftcli.ship.scripts.images import IMAGE, size_of


def between(length: int, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of `size` places the two of `length` between which it lies, and how far it is to the second."""
    places = np.maximum((np.arange(size, dtype=np.float32) + 0.5) * np.float32(length / size) - 0.5, 0)
    first = places.astype(int)
    return first, np.minimum(first + 1, length - 1), (places - first).astype(np.float32)


def enlarged(scores: np.ndarray, size: int) -> np.ndarray:
    """Scores (C, h, w) as (C, size, size), linear between their places."""
    first, second, share = between(scores.shape[1], size)
    scores = scores[:, first] * (1 - share[:, None]) + scores[:, second] * share[:, None]
    first, second, share = between(scores.shape[2], size)
    return np.asarray(scores[..., first] * (1 - share) + scores[..., second] * share)


def answers(
    inputs: list[dict[str, Any]], tensors: dict[str, np.ndarray], outputs: dict[str, np.ndarray]
) -> list[list[dict[str, Any]]]:
    """The index of each pixel's class, (H, W) at the size of the image."""
    made = []
    for one, scores in zip(inputs, outputs["outputs"], strict=True):
        mask = Image.fromarray(enlarged(scores, IMAGE["crop"]).argmax(axis=0).astype(np.int32))
        made.append([{"mask": np.asarray(mask.resize(size_of(one["image"]), Image.Resampling.NEAREST))}])
    return made
