"""Random changes to training images: each a pure function of the pixels and a seed.

A policy takes pixels (3, H, W) of uint8 at the working size and gives (3, crop, crop) of uint8.
"""

from __future__ import annotations

import math
from random import Random

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from ftcli.contracts import ImagePreprocess
from ftcli.data.transforms import centre_crop, interpolation

RATIO = (3 / 4, 4 / 3)  # width to height of a random crop
_GREY = (0.299, 0.587, 0.114)  # luma of ITU-R BT.601


def none(pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
    """No change: the centre crop, as in evaluation."""
    return centre_crop(pixels, preprocess)


def light(pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
    """A crop of at least half of the area, and slightly other colours. Safe for digits and other text."""
    draw = Random(seed)
    return jitter(random_crop(pixels, preprocess, 0.5, draw), 0.1, draw)


def flip(pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
    """`light`, and mirrored every other time."""
    draw = Random(seed)
    return jitter(mirror(random_crop(pixels, preprocess, 0.5, draw), draw), 0.1, draw)


def standard(pixels: Tensor, preprocess: ImagePreprocess, seed: int) -> Tensor:
    """For large data: a crop of at least a quarter of the area, mirrored or not, and other colours."""
    draw = Random(seed)
    return jitter(mirror(random_crop(pixels, preprocess, 0.25, draw), draw), 0.25, draw)


def random_crop(pixels: Tensor, preprocess: ImagePreprocess, least: float, draw: Random) -> Tensor:
    """A random part of `least` to all of the area, resized to (3, crop, crop), antialiased."""
    height, width = pixels.shape[-2:]
    crop_height, crop_width = _crop_size(height, width, least, draw)
    top, left = draw.randint(0, height - crop_height), draw.randint(0, width - crop_width)
    box = (top, left, crop_height, crop_width)
    size = [preprocess.crop, preprocess.crop]
    mode = interpolation(preprocess)
    cropped: Tensor = F.resized_crop(pixels, *box, size, interpolation=mode, antialias=True)
    return cropped


def _crop_size(height: int, width: int, least: float, draw: Random) -> tuple[int, int]:
    """Height and width of a part with a random area and ratio that fits; else the largest centre square."""
    for _ in range(10):
        area = draw.uniform(least, 1.0) * height * width
        ratio = math.exp(draw.uniform(math.log(RATIO[0]), math.log(RATIO[1])))
        crop_width, crop_height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < crop_width <= width and 0 < crop_height <= height:
            return crop_height, crop_width
    return min(height, width), min(height, width)


def mirror(pixels: Tensor, draw: Random) -> Tensor:
    """Left and right swapped, every other time."""
    return pixels.flip(-1) if draw.random() < 0.5 else pixels


def jitter(pixels: Tensor, strength: float, draw: Random) -> Tensor:
    """Brightness, contrast and saturation in one pass, each times a factor in 1 ± `strength`."""
    bright, contrast, saturation = (draw.uniform(1 - strength, 1 + strength) for _ in range(3))
    colours = pixels.float()
    grey = torch.einsum("c,chw->hw", torch.tensor(_GREY), colours)
    mean = grey.mean()
    colours.mul_(saturation).add_(grey, alpha=1 - saturation)  # towards its own grey
    colours.sub_(mean).mul_(contrast * bright).add_(mean * bright)  # around the mean, then all of it
    return colours.round_().clamp_(0, 255).to(torch.uint8)
