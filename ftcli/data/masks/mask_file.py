"""The class of each pixel, in a file of indices, or of colours that a table names."""

from __future__ import annotations

import io
import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from ftcli.errors import DataError
from ftcli.media.file_content import read_content
from ftcli.media.orientation import Shape, check_pixels, too_many_pixels

FORMATS = ("PNG", "BMP", "GIF", "TIFF", "PPM", "JPEG")
SINGLE = ("L", "P", "1", "I", "I;16", "I;16B", "F")  # one value a pixel
LARGEST = 65_535
# Smoothing leaves values between black and white: at most this share of a mask, and so many different ones.
SMOOTHED, DIFFERENT = 0.15, 24
NEAR = 8  # what is so near to 0 or 255 is as good as that


class ColouredError(DataError):
    """A file that holds colours, and no table names them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds: values (H, W), `rounded` of them between 0 and 255; and the palette of an indexed one."""

    values: NDArray[Any]
    rounded: int = 0
    palette: bytes | None = None


@dataclass(frozen=True, slots=True)
class MaskFile:
    """An image whose pixels are indices, or colours that a table names: a `Mask`.

    `names` says which class each value is. The value of a colour is 0xRRGGBB. A mask of an image as it is stored is
    turned by the EXIF `orientation` of that image; 1 is upright.
    """

    path: Path
    names: Mapping[int, str]
    orientation: int = 1
    coloured: bool = False

    def read(self) -> NDArray[Any]:
        """Values (H, W). Raises `DataError` for a file that cannot be read, or whose values are no classes."""
        values = self.load().values
        height, width = values.shape
        return Shape(width, height, self.orientation).turned_pixels(values)

    def load(self) -> Loaded:
        """The values as they are stored, and how the file has them."""
        content = read_content(self.path).content
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata
                with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                    check_pixels(opened)
                    mode, lossy = opened.mode, opened.format == "JPEG"
                    pixels = np.asarray(opened.convert("RGB") if self.coloured else opened)
                    palette = bytes(opened.getpalette() or ()) if mode == "P" else None
        except Image.DecompressionBombError as error:
            raise DataError(too_many_pixels(self.path, error)) from None
        except UnidentifiedImageError:
            raise DataError(
                f"{self.path} cannot be read as a mask: it has none of the formats {', '.join(FORMATS)}"
            ) from None
        except Exception as error:  # decoders raise many kinds of error for a broken file
            raise DataError(f"{self.path} cannot be read as a mask: {error}") from None
        try:
            if self.coloured:
                return Loaded(packed(pixels))
            if (found := _colours(mode, pixels, lossy)) is not None:
                raise ColouredError(f"{self.path} is not a mask: its pixels are colours ({mode}){found}")
            values = _indices(mode, pixels)
            rounded = 0 if palette else _between(values, lossy)
        except ValueError as error:
            raise DataError(f"{self.path} is not a mask: {error}") from None
        if rounded:
            values = np.where(values > 127, np.uint8(255), np.uint8(0))
        return Loaded(values, rounded, palette)


def is_coloured(path: Path) -> bool:
    """Whether a file holds colours, as far as its head says; not where it cannot be read."""
    try:
        with Image.open(path, formats=FORMATS) as opened:
            return opened.mode.startswith("RGB")
    except Exception:  # decoders raise many kinds of error; whoever reads the file says which
        return False


def packed(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Colours (H, W, 3 or more) as 0xRRGGBB (H, W)."""
    red, green, blue = (pixels[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue


def colour_of(value: int) -> tuple[int, int, int]:
    """Red, green and blue of 0xRRGGBB."""
    return value >> 16 & 255, value >> 8 & 255, value & 255


def check_colours(values: NDArray[np.int32], known: Collection[int], path: Path) -> None:
    """Raise `DataError` for colours 0xRRGGBB that a table does not have."""
    strange = ~np.isin(values, [*known])
    if strange.any():
        first = colour_of(int(values[strange][0]))
        words = f"the table has no colour {first}, which {strange.sum():,} of its pixels have"
        raise DataError(f"{path} is not a mask: {words}")


def counts_of(values: NDArray[Any]) -> dict[int, int]:
    """How many pixels have each value."""
    if values.dtype.itemsize > 2:
        present, counts = np.unique(values, return_counts=True)
    else:
        every = np.bincount(values.reshape(-1))
        present = np.flatnonzero(every)
        counts = every[present]
    return dict(zip(present.tolist(), counts.tolist(), strict=True))


def _indices(mode: str, pixels: NDArray[Any]) -> NDArray[Any]:
    """One whole number a pixel. Raises `ValueError` where a mask has no such."""
    if pixels.ndim == 3:
        pixels = _grey(mode, pixels)
    if mode == "1":
        return pixels.astype(np.uint8)
    if mode == "F" and not (np.isfinite(pixels).all() and np.array_equal(pixels, np.floor(pixels))):
        raise ValueError("its values are not whole numbers")
    if pixels.size and pixels.dtype.itemsize > 2 and not 0 <= pixels.min() <= pixels.max() <= LARGEST:
        raise ValueError(
            f"its values are from {pixels.min():g} to {pixels.max():g}: 0 to {LARGEST} are wanted"
        )
    return pixels.astype(np.int32) if mode == "F" else pixels


def _colours(mode: str, pixels: NDArray[Any], lossy: bool) -> str | None:
    """An example of a colour, for a message; None where all channels of each pixel have one value."""
    if mode in SINGLE or mode in ("LA", "La", "PA"):
        return None
    if not mode.startswith("RGB"):
        return ""
    channels = pixels[..., :3].astype(np.int16)
    spread = channels.max(axis=-1) - channels.min(axis=-1)
    coloured = spread > (2 * NEAR if lossy else 0)
    return f", such as {tuple(pixels[coloured][0, :3].tolist())}" if coloured.any() else None


def _grey(mode: str, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The value of each pixel without its veil. Raises `ValueError` where only that differs."""
    grey = pixels[..., 0]
    veil = pixels[..., -1] if mode.upper().endswith("A") else grey
    if grey.size and grey.min() == grey.max() and veil.min() < veil.max():
        raise ValueError("its pixels have one value, and differ by how transparent they are. Save it as grey")
    return grey


def _has_grey(counts: NDArray[Any]) -> bool:
    """Whether the levels between black and white gather about one, as those of a third class do."""
    middle = counts[40:216]
    gathered = np.convolve(middle, np.ones(2 * NEAR + 1), mode="same").max()
    return bool(gathered > 0.4 * middle.sum() and gathered > 0.01 * counts.sum())


def _between(values: NDArray[Any], lossy: bool) -> int:
    """How many pixels of black and white are between both, as JPEG and smooth resizing leave them; 0 for indices.

    Raises `ValueError` for a JPEG of anything else.
    """
    if values.dtype != np.uint8 or not values.size:
        return 0
    counts = np.bincount(values.reshape(-1), minlength=256)
    between, inner = int(counts[1:255].sum()), int(counts[1 + NEAR : 255 - NEAR].sum())
    black_and_white = inner <= SMOOTHED * values.size and counts[255 - NEAR :].any() and not _has_grey(counts)
    if lossy and between and not black_and_white:
        raise ValueError(
            "JPEG keeps no exact values, and these are not black and white alone. Save it as PNG"
        )
    spread = np.count_nonzero(counts[65:191])
    smooth = np.count_nonzero(counts[1:255]) >= DIFFERENT and spread >= DIFFERENT // 2
    return between if black_and_white and (lossy or smooth) else 0
