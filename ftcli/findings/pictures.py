"""Sketches of images, by which the same picture is found: resized, encoded again, or mirrored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ftcli.findings.sketches import WAVES, Limits, Sketch, signs_of
from ftcli.media.pictures import picture

# Measured on photographs: JPEG at quality 10, other sizes and WebP change the mean of a patch, a 256th of the image, by
# up to 28 of 255 levels, and all patches by up to 6. Frames of a video that follow each other, and different images of
# 32 x 32 pixels, differ by 30 and more in some patch. The shares keep pages apart that differ in what is written on
# them. Images that were cut or turned are not found.
LIMITS = Limits(patch=28, mean=6, patch_share=0.6, mean_share=0.125, mirrored=True)
# Smaller images, such as digits of 28 x 28 pixels, have too little in them to tell a copy from another one.
LEAST_SIDE = 32
# Pixels that decoding a JPEG at reduced scale leaves of its sides, so that its rounding does not shift patches.
_DECODED = 128
_GRID = (16, 16)


def sketch_image(image: Any) -> Sketch | None:
    """The sketch of a file, its bytes, or an array (H, W) or (H, W, 3) of uint8; None for a small one.

    Raises `DataError` for an image that cannot be decoded.
    """
    if isinstance(image, np.ndarray):
        shown = Image.fromarray(image).convert("RGB")
    else:
        shown = picture(Path(image) if isinstance(image, str) else image, _reduce)
    if min(shown.size) < LEAST_SIDE:
        return None
    grey = shown.convert("L").resize((WAVES, WAVES), Image.Resampling.BOX)
    return Sketch(signs_of(np.asarray(grey)), np.asarray(shown.resize(_GRID, Image.Resampling.BOX)))


def _reduce(image: Image.Image) -> None:
    image.draft(None, (_DECODED, _DECODED))
