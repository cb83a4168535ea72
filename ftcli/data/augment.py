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
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as F

from ftcli.contracts import ImagePreprocess
from ftcli.data.transforms import centre_crop, interpolation

RATIO = (3 / 4, 4 / 3)  # width to height of a random crop
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

    def pixels(self, pixels: Tensor, preprocess: ImagePreprocess) -> Tensor:
        """Pixels (3, crop, crop), antialiased."""
        return jitter(self._part(pixels, preprocess.crop, interpolation(preprocess)), self.factors)

    def mask(self, mask: Tensor, size: int) -> Tensor:
        """The same part of a mask (H, W), (size, size); every pixel keeps a value that it had."""
        return self._part(mask.unsqueeze(0), size, InterpolationMode.NEAREST).squeeze(0)

    def _part(self, pixels: Tensor, size: int, mode: InterpolationMode) -> Tensor:
        box = (self.top, self.left, self.height, self.width)
        part: Tensor = F.resized_crop(pixels, *box, [size, size], interpolation=mode, antialias=True)
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

    def draw(self, height: int, width: int, seed: int) -> Change:
        """The change of an image of this size."""
        draw = Random(seed)
        part_height, part_width = _part_size(height, width, self.least, draw)
        top, left = draw.randint(0, height - part_height), draw.randint(0, width - part_width)
        mirrored = self.mirrors and draw.random() < 0.5
        bright, contrast, saturation = (draw.uniform(1 - self.strength, 1 + self.strength) for _ in range(3))
        return Change(top, left, part_height, part_width, mirrored, (bright, contrast, saturation))


class Unchanged:
    """No change: the centre crop, as in evaluation."""

    def __call__(self, pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
        return centre_crop(pixels, preprocess)

    def draw(self, height: int, width: int, seed: int) -> Change:
        """All of an image, as it is."""
        return Change(0, 0, height, width, False, (1.0, 1.0, 1.0))


none = Unchanged()
light = Policy(least=0.5, mirrors=False, strength=0.1)  # safe for digits and other text
flip = Policy(least=0.5, mirrors=True, strength=0.1)
standard = Policy(least=0.25, mirrors=True, strength=0.25)  # for large data


def _part_size(height: int, width: int, least: float, draw: Random) -> tuple[int, int]:
    """Height and width of a part with a random area and ratio that fits; else the largest centre square."""
    for _ in range(10):
        area = draw.uniform(least, 1.0) * height * width
        ratio = math.exp(draw.uniform(math.log(RATIO[0]), math.log(RATIO[1])))
        part_width, part_height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < part_width <= width and 0 < part_height <= height:
            return part_height, part_width
    return min(height, width), min(height, width)


def jitter(pixels: Tensor, factors: Factors) -> Tensor:
    """Brightness, contrast and saturation, each times its factor, in one pass."""
    bright, contrast, saturation = factors
    colours = pixels.float()
    grey = torch.einsum("c,chw->hw", torch.tensor(_GREY), colours)
    mean = grey.mean()
    colours.mul_(saturation).add_(grey, alpha=1 - saturation)  # towards its own grey
    colours.sub_(mean).mul_(contrast * bright).add_(mean * bright)  # around the mean, then all of it
    return colours.round_().clamp_(0, 255).to(torch.uint8)
