"""Photographs with an orientation."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image


def photograph(height: int, width: int) -> Image.Image:
    """Smooth shapes in colour."""
    y, x = np.mgrid[0:height, 0:width] / 100.0
    waves = [np.sin(x + k) * np.cos(y * (1 + k / 3)) for k in range(3)]
    return Image.fromarray((np.stack(waves, -1) * 110 + 128).astype(np.uint8))


def encoded(image: Image.Image, ending: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, ending, **options)
    return file.getvalue()
