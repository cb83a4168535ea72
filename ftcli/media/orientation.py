"""Which way up an image is, and how large, as its file says without being decoded."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ftcli.errors import DataError
from ftcli.media.file_content import FileContent
from ftcli.media.upright import FORMATS, orientation
from ftcli.system.paths import check_readable

MAX_PIXELS = 178_000_000  # of an image, checked before it is decoded: half a gigabyte as colours
# What puts the pixels (H, W) of a stored image right.
_TURNS: Mapping[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).transpose(),
    8: np.rot90,
}
# Where the point (x, y) of a stored image of w x h pixels comes to lie.
_Move = Callable[[Any, Any, int, int], tuple[Any, Any]]
_MOVES: Mapping[int, _Move] = {
    2: lambda x, y, w, h: (w - x, y),
    3: lambda x, y, w, h: (w - x, h - y),
    4: lambda x, y, w, h: (x, h - y),
    5: lambda x, y, w, h: (y, x),
    6: lambda x, y, w, h: (h - y, x),
    7: lambda x, y, w, h: (h - y, w - x),
    8: lambda x, y, w, h: (y, w - x),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The sides of an image as it is stored, in pixels, and its EXIF orientation; 1 is upright."""

    width: int
    height: int
    orientation: int = 1

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as they are in the file."""
        return (self.width, self.height)

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height once it is turned."""
        turned = self.orientation >= 5
        return (self.height, self.width) if turned else (self.width, self.height)

    def turned_pixels(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Pixels (H, W) of the stored image as those of the upright one."""
        turn = _TURNS.get(self.orientation)
        return pixels if turn is None else np.ascontiguousarray(turn(pixels))

    def turned(self, corners: NDArray[Any]) -> NDArray[Any]:
        """Boxes (N, 4) of the stored image, x1, y1, x2, y2, as boxes of the upright one."""
        move = _MOVES.get(self.orientation)
        if move is None:
            return corners
        first = move(corners[:, 0], corners[:, 1], self.width, self.height)
        second = move(corners[:, 2], corners[:, 3], self.width, self.height)
        low, high = np.minimum(first, second), np.maximum(first, second)
        return np.concatenate([low, high]).T


def check_pixels(image: Image.Image) -> None:
    """Raise Pillow's own `DecompressionBombError` for an opened image that is too large to be decoded."""
    if image.width * image.height > MAX_PIXELS:
        raise Image.DecompressionBombError(f"{image.width * image.height} pixels")


def too_many_pixels(name: object, error: Image.DecompressionBombError) -> str:
    """What is said of such an image; Pillow raises the error itself for one that is larger still."""
    count = re.search(r"\d+", str(error))
    pixels = f"{int(count[0]) / 1e6:,.1f}" if count else f"more than {MAX_PIXELS / 1e6:.0f}"
    return (
        f"{name} has {pixels} million pixels, and at most {MAX_PIXELS / 1e6:.0f} are decoded: make it smaller"
    )


def shape_of(image: Path | str | FileContent | bytes | NDArray[np.uint8]) -> Shape:
    """Of a file, its bytes, or an array (H, W) or (H, W, 3). Raises `DataError` for a file without a readable head."""
    if isinstance(image, np.ndarray):
        return Shape(image.shape[1], image.shape[0])
    name = (
        image.name if isinstance(image, FileContent) else "the image" if isinstance(image, bytes) else image
    )
    content = image.content if isinstance(image, FileContent) else image
    if isinstance(content, str | Path):
        check_readable(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
            source = io.BytesIO(content) if isinstance(content, bytes) else content
            with Image.open(source, formats=FORMATS) as opened:
                return Shape(opened.width, opened.height, orientation(opened))
    except Exception as error:  # decoders raise many kinds of error for a broken file
        raise DataError(f"{name} cannot be read as an image: {error}") from None
