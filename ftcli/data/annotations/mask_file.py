"""The class of each pixel, in a file of indices."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ftcli.errors import DataError
from ftcli.media.file_content import read_content
from ftcli.media.orientation import Shape, check_pixels, too_many_pixels

MODES = ("L", "P", "1", "I", "I;16")  # one value a pixel


@dataclass(frozen=True, slots=True)
class MaskFile:
    """An image whose pixels are indices: a `Mask`. `names` says which class each value is.

    A mask of an image as it is stored is turned by the EXIF `orientation` of that image; 1 is upright.
    """

    path: Path
    names: Mapping[int, str]
    orientation: int = 1

    def read(self) -> NDArray[Any]:
        """Values (H, W). Raises `DataError` for a file that cannot be read, or that holds colours."""
        content = read_content(self.path).content
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
                with Image.open(io.BytesIO(content), formats=("PNG", "BMP", "GIF", "TIFF", "PPM")) as opened:
                    check_pixels(opened)
                    mode, values = opened.mode, np.asarray(opened)
        except Image.DecompressionBombError as error:
            raise DataError(too_many_pixels(self.path, error)) from None
        except Exception as error:  # decoders raise many kinds of error for a broken file
            raise DataError(f"{self.path} cannot be read as a mask: {error}") from None
        if mode not in MODES:
            problem = (
                f"its pixels are colours ({mode}). A mask has one number a pixel, the index of its class"
            )
            raise DataError(f"{self.path} is not a mask: {problem}")
        height, width = values.shape
        upright = Shape(width, height, self.orientation).turned_pixels(values)
        return upright.astype(np.uint8) if mode == "1" else upright
