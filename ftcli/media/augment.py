"""Random changes to training images: each a pure function of the image and a seed.

A policy draws a `Change`, which is then made to the pixels and, by the same geometry, to whatever is drawn on them.
Pixels are (3, H, W) of uint8 at the working size, and become (3, crop, crop) of uint8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from ftcli.contracts import ImagePreprocess
from ftcli.media.images import centre_crop, resample

RATIO = (3 / 4, 4 / 3)  # width to height of a random crop
LEAST_LEFT = 1 / 3  # of a box's area, for it to be kept in a part of its image
_GREY = (0.299, 0.587, 0.114)  # luma of ITU-R BT.601

Factors = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Change:
    """One draw: the part of the image that stays, whether it is mirrored, and brightness, contrast, saturation."""

    top: int
    left: int
    height: int
    width: int
    mirrored: bool
    factors: Factors

    def pixels(
        self, pixels: Tensor, preprocess: ImagePreprocess, size: tuple[int, int] | None = None
    ) -> Tensor:
        """Pixels (3, height, width) of `size`, else (3, crop, crop); antialiased."""
        size = size or (preprocess.crop, preprocess.crop)
        return jitter(self._part(pixels, size, preprocess.interpolation), self.factors)

    def mask(self, mask: Tensor, size: int) -> Tensor:
        """The same part of a mask (H, W), (size, size); every pixel keeps a value that it had."""
        return self._part(mask.unsqueeze(0), (size, size), "nearest").squeeze(0)

    def boxes(self, corners: Tensor, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Boxes (N, 4), left, top, right, bottom, in the same part at `size` (height, width); and which are kept, (N,).

        They are cut at the border of the part. One that loses more than two thirds of its area there is not kept: what
        is left hardly shows what it is.
        """
        part = torch.tensor([self.left, self.top] * 2), torch.tensor([self.width, self.height] * 2)
        moved = corners - part[0]
        cut = moved.clamp(min=torch.zeros(4), max=part[1].float())
        kept = area(cut) >= LEAST_LEFT * area(moved)
        scaled = cut * (torch.tensor([size[1], size[0]] * 2) / part[1])
        if self.mirrored:
            scaled = torch.stack(
                [size[1] - scaled[:, 2], scaled[:, 1], size[1] - scaled[:, 0], scaled[:, 3]], 1
            )
        return scaled, kept & (area(scaled) > 0)

    def _part(self, pixels: Tensor, size: tuple[int, int], interpolation: str) -> Tensor:
        rows, columns = slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)
        part = resample(pixels[:, rows, columns], size, interpolation)
        return part.flip(-1) if self.mirrored else part


@dataclass(frozen=True, slots=True)
class Policy:
    """Parts of at least `least` of the area, mirrored every other time or never, colours times 1 ± `strength`."""

    least: float
    mirrors: bool
    strength: float

    def __call__(self, pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
        height, width = pixels.shape[-2:]
        return self.draw(height, width, seed).pixels(pixels, preprocess)

    def draw(self, height: int, width: int, seed: int, ratios: tuple[float, float] = RATIO) -> Change:
        """The change of an image of this size, of which a part with one of the `ratios` of width to height stays."""
        draw = Random(seed)
        part_height, part_width = _part_size(height, width, self.least, draw, ratios)
        top, left = draw.randint(0, height - part_height), draw.randint(0, width - part_width)
        mirrored = self.mirrors and draw.random() < 0.5
        bright, contrast, saturation = (draw.uniform(1 - self.strength, 1 + self.strength) for _ in range(3))
        return Change(top, left, part_height, part_width, mirrored, (bright, contrast, saturation))


class Unchanged:
    """No change: the centre crop, as in evaluation."""

    def __call__(self, pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
        return centre_crop(pixels, preprocess)

    def draw(self, height: int, width: int, seed: int, ratios: tuple[float, float] = RATIO) -> Change:
        """All of an image, as it is."""
        return Change(0, 0, height, width, False, (1.0, 1.0, 1.0))


none = Unchanged()
light = Policy(least=0.5, mirrors=False, strength=0.1)  # safe for digits and other text
flip = Policy(least=0.5, mirrors=True, strength=0.1)
standard = Policy(least=0.25, mirrors=True, strength=0.25)  # for large data


def _part_size(
    height: int, width: int, least: float, draw: Random, ratios: tuple[float, float]
) -> tuple[int, int]:
    """Height and width of a part with a random area and ratio that fits; else the largest centre square."""
    for _ in range(10):
        area = draw.uniform(least, 1.0) * height * width
        ratio = math.exp(draw.uniform(*map(math.log, ratios)))
        part_width, part_height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < part_width <= width and 0 < part_height <= height:
            return part_height, part_width
    return min(height, width), min(height, width)


def area(boxes: Tensor) -> Tensor:
    """Of boxes (N, 4), corners, (N,)."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def jitter(pixels: Tensor, factors: Factors) -> Tensor:
    """Brightness, contrast and saturation, each times its factor, in one pass."""
    bright, contrast, saturation = factors
    colours = pixels.float()
    grey = torch.einsum("c,chw->hw", torch.tensor(_GREY), colours)
    mean = grey.mean()
    colours.mul_(saturation).add_(grey, alpha=1 - saturation)  # towards its own grey
    colours.sub_(mean).mul_(contrast * bright).add_(mean * bright)  # around the mean, then all of it
    return colours.round_().clamp_(0, 255).to(torch.uint8)
