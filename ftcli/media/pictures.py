"""Image files as upright RGB pictures of Pillow. No torch is imported here."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ftcli.errors import DataError
from ftcli.media.file_content import FileContent, read_content
from ftcli.media.orientation import FORMATS, UPRIGHT, check_pixels, orientation, too_many_pixels

Encoded = Path | str | FileContent | bytes


def picture(image: Encoded, reduce: Callable[[Image.Image], object] | None = None) -> Image.Image:
    """An upright RGB picture of a file, perhaps one that has been read, or of its bytes.

    16-bit levels are scaled to 8 bits and what is transparent is put on white. `reduce` may ask the opened image, whose
    pixels are not decoded yet, for a smaller scale (`Image.draft`). Raises `DataError`, naming the file, for one that
    is missing, cut off or no image.
    """
    name, source = _source(image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
            with Image.open(source, formats=FORMATS) as opened:
                check_pixels(opened)
                if reduce is not None:
                    reduce(opened)
                return _rgb(_upright(opened), name)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{name} is not an image of a known format ({', '.join(FORMATS)})") from None
    except Image.DecompressionBombError as error:
        raise DataError(too_many_pixels(name, error)) from None
    except Exception as error:  # decoders raise many kinds of error for a broken file
        raise DataError(f"{name} cannot be decoded: {str(error) or type(error).__name__}") from None


def _source(image: Encoded) -> tuple[str, io.BytesIO]:
    """What messages call the image, and what Pillow opens."""
    if isinstance(image, bytes):
        return "the image", io.BytesIO(image)
    file = image if isinstance(image, FileContent) else read_content(image)
    return file.name, io.BytesIO(file.content)


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    turn = UPRIGHT.get(orientation(image))
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image, name: str) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_eight_bits(np.asarray(image), name)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def _eight_bits(levels: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Grey levels of 16 bits, of 32 bits that hold no more than 16, or floats in [0, 1], as 8 bits."""
    if levels.dtype.kind == "f" and levels.min() >= 0 and levels.max() <= 1:
        return np.round(levels * 255).astype(np.uint8)
    if levels.dtype.kind in "ui" and levels.min() >= 0 and levels.max() <= 0xFFFF:
        return np.round(levels / 257).astype(np.uint8)
    found = f"{levels.dtype} grey levels from {levels.min():g} to {levels.max():g}"
    raise DataError(f"{name} has {found}: save it with 8 or 16 bits")
