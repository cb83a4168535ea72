"""Colours for classes, and pictures of boxes and masks in them."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ftcli.errors import printable

# The share of the colour circle between neighbours: any few classes in a row look different.
GOLDEN = 0.618034


class LabelledBox(NamedTuple):
    """A box to draw: left, top, right, bottom in pixels, the text beside it, and the index of its class."""

    sides: tuple[float, float, float, float]
    text: str
    class_index: int


def colour(index: int) -> tuple[int, int, int]:
    """Red, green and blue of class `index`, 0 to 255; the first is dark, as it is often the background."""
    if index == 0:
        return 30, 30, 30
    red, green, blue = colorsys.hsv_to_rgb(index * GOLDEN % 1, 0.85 - 0.3 * (index // 3 % 2), 0.95)
    return round(255 * red), round(255 * green), round(255 * blue)


PALETTE = [value for index in range(256) for value in colour(index)]


def blended(pixels: NDArray[np.uint8], mask: NDArray[Any], opacity: float = 0.5) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) under the colours of a mask of indices (H, W); those of a negative index are as they are."""
    most = max(0, int(mask.max()))
    colours = np.array([colour(index) for index in range(most + 1)], dtype=np.float32)[mask.clip(min=0)]
    mixed: NDArray[np.uint8] = (pixels * (1 - opacity) + colours * opacity).round().astype(np.uint8)
    return np.where(mask[..., None] < 0, pixels, mixed)


def resized(mask: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """A mask of indices (h, w) at another size; every pixel has the value of the nearest."""
    image = Image.fromarray(mask if mask.dtype == np.uint8 else mask.astype(np.int32))
    return np.asarray(image.resize((width, height), Image.Resampling.NEAREST))


def value_image(mask: NDArray[Any], values: Sequence[int]) -> Image.Image:
    """A mask of indices (H, W) as an image of the `values` that stand for them.

    Of 8 bits, with a palette of the colours, or of 16 bits where a value is above 255.
    """
    if max(values) > 255:
        return Image.fromarray(np.array(values, dtype=np.uint16)[mask])
    image = Image.fromarray(np.array(values, dtype=np.uint8)[mask])
    palette = list(PALETTE)
    for index, value in enumerate(values):
        palette[3 * value : 3 * value + 3] = colour(index)
    image.putpalette(palette)
    return image


def colour_image(mask: NDArray[Any], colours: Sequence[int]) -> Image.Image:
    """A mask of indices (H, W) as an image of the colours, 0xRRGGBB, that stand for them."""
    channels = [[one >> 16 & 255, one >> 8 & 255, one & 255] for one in colours]
    return Image.fromarray(np.array(channels, dtype=np.uint8)[mask])


def with_boxes(pixels: NDArray[np.uint8], boxes: Sequence[LabelledBox]) -> Image.Image:
    """Pixels (H, W, 3) with boxes in the colour of their class; of those that overlap the last is on top."""
    picture = Image.fromarray(pixels.copy())
    for box in boxes:
        _draw(picture, box)
    return picture


def _draw(picture: Image.Image, box: LabelledBox) -> None:
    draw, paint = ImageDraw.Draw(picture), colour(box.class_index)
    size = max(10, min(picture.size) // 40)
    draw.rectangle(box.sides, outline=paint, width=max(1, size // 6))
    font, text = ImageFont.load_default(size), printable(box.text)
    left = max(0.0, min(box.sides[0], picture.width - draw.textlength(text, font=font) - 1))
    top = max(0.0, box.sides[1] - 1.3 * size)
    draw.rectangle(draw.textbbox((left, top), text, font=font), fill=paint)
    draw.text((left, top), text, fill="black" if sum(paint) > 380 else "white", font=font)
