"""Tiny images with masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

GROUND, SKY = (60, 40, 20), (150, 190, 250)


@dataclass(frozen=True)
class Painted:
    """A `Mask` in memory."""

    values: Any
    names: Mapping[int, str]
    coloured: bool = False

    def read(self) -> Any:
        return self.values


def landscape(seed: int, size: tuple[int, int] = (40, 32)) -> tuple[Image.Image, Image.Image]:
    """Ground (0) below a horizon that the seed moves, sky (1) above it, a frame that nobody labelled (255)."""
    width, height = size
    horizon = height // 3 + seed * 3 % (height // 3)
    mask = np.zeros((height, width), dtype=np.uint8)
    mask[:horizon] = 1
    noise = np.random.default_rng(seed).integers(-20, 20, (height, width, 3))
    pixels = np.where(mask[..., None] == 1, SKY, GROUND) + noise
    mask[:, 0] = 255
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)), Image.fromarray(mask)


def landscapes(images: Path, masks: Path, count: int = 4, first: int = 0) -> None:
    """`<images>/<number>.png` and `<masks>/<number>.png`."""
    for folder in (images, masks):
        folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        image, mask = landscape(number)
        image.save(images / f"{number}.png")
        mask.save(masks / f"{number}.png")


def landscape_splits(root: Path, sizes: Mapping[str, int]) -> Path:
    """`<split>/` and `<split>annot/`."""
    for position, (split, count) in enumerate(sizes.items()):
        landscapes(root / split, root / f"{split}annot", count, first=100 * position)
    return root
