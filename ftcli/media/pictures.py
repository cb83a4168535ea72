"""Image files as upright RGB pictures of Pillow. No torch is imported here."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ftcli.errors import DataError
from ftcli.media.file_content import FileContent, read_content
from ftcli.media.orientation import check_pixels, too_many_pixels
from ftcli.media.upright import FORMATS, GreyLevelsError, rgb, upright

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
                return rgb(upright(opened))
    except GreyLevelsError as error:
        raise DataError(f"{name} has {error}") from None
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
