"""Images as pixels: decoding, the working size, the crop, and the scale that weights expect."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from ftcli.contracts import ImagePreprocess
from ftcli.errors import DataError
from ftcli.media.file_content import FileContent
from ftcli.media.pictures import picture
from ftcli.media.upright import decode_smaller

# The longer side is cut to this many times the shorter, so that a panorama cannot fill the memory.
LONGEST = 2


def decode(image: Path | str | FileContent | bytes | NDArray[np.uint8], working: int | None = None) -> Tensor:
    """An upright RGB image as a uint8 tensor (3, H, W).

    `image` is a file, perhaps one that has been read, or bytes, or an array (H, W) or (H, W, 3) of uint8. 16-bit
    levels are scaled to 8 bits and what is transparent is put on white. A JPEG of many times the `working` size, to
    which its shorter side is resized later, is decoded at a half, a quarter or an eighth of its own where that divides
    its sides. Raises `DataError`, naming the file, for one that is missing, cut off or no image.
    """
    if isinstance(image, np.ndarray):
        return _from_array(image)
    reduce = None if working is None else partial(decode_smaller, working=working)
    return _to_tensor(picture(image, reduce))


def _from_array(array: NDArray[np.uint8]) -> Tensor:
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] != 3):
        found = f"{array.dtype} of shape {array.shape}"
        raise DataError(f"an image array is {found}: uint8 of shape (H, W) or (H, W, 3) is wanted")
    pixels = torch.from_numpy(np.array(array))  # a copy: the source's own array stays as it is
    return pixels.expand(3, -1, -1).contiguous() if pixels.ndim == 2 else pixels.permute(2, 0, 1).contiguous()


def _to_tensor(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1).contiguous()


def resize(pixels: Tensor, preprocess: ImagePreprocess) -> Tensor:
    """Pixels (3, H, W) uint8 at the working size: shorter side `preprocess.resize`, or squashed to a square.

    Antialiased. A longer side of more than twice the shorter is first cut at both ends, except where there is a
    `preprocess.longest`, which all of it becomes small enough for.
    """
    height, width = pixels.shape[-2:]
    size = [preprocess.resize, preprocess.resize]
    if preprocess.longest is not None and not preprocess.squash:
        scale = min(preprocess.resize / min(height, width), preprocess.longest / max(height, width))
        size = [max(1, round(height * scale)), max(1, round(width * scale))]
    elif not preprocess.squash:
        longest = LONGEST * min(height, width)
        if max(height, width) > longest:
            pixels = _middle(pixels, min(height, longest), min(width, longest))
            height, width = pixels.shape[-2:]
        shorter = min(height, width)
        size = [height * preprocess.resize // shorter, width * preprocess.resize // shorter]
    return resample(pixels, size, preprocess.interpolation)


def resample(values: Tensor, size: Sequence[int], interpolation: str) -> Tensor:
    """Pixels or a mask (C, H, W) at `size`, height and width, in their own type of integers.

    Antialiased; "nearest" and "nearest-exact" pick values and make no new ones. The result is that of
    `torchvision.transforms.v2`, which is not used because its import takes longer than that of all else here.
    """
    if values.shape[-2:] == tuple(size):
        return values
    bytewise = values.dtype == torch.uint8  # for which PyTorch has kernels of its own
    smooth = {} if interpolation.startswith("nearest") else {"align_corners": False, "antialias": True}
    given = values if bytewise else values.float()
    resampled: Tensor = interpolate(given[None], size=[*size], mode=interpolation, **smooth)[0]
    return resampled if bytewise else resampled.round_().to(values.dtype)


def _middle(pixels: Tensor, height: int, width: int) -> Tensor:
    """Pixels (C, height, width) from the middle of (C, H, W), which is at least as large."""
    top, left = round((pixels.shape[-2] - height) / 2), round((pixels.shape[-1] - width) / 2)
    return pixels[:, top : top + height, left : left + width]


def centre_crop(pixels: Tensor, preprocess: ImagePreprocess) -> Tensor:
    """Pixels (3, crop, crop) from the middle of (3, H, W)."""
    return _middle(pixels, preprocess.crop, preprocess.crop)


def normalise(pixels: Tensor, preprocess: ImagePreprocess) -> Tensor:
    """uint8 pixels (..., 3, H, W) as float32, with the mean and deviation that the weights expect.

    A batch (B, 3, H, W) comes with channels last in memory, as convolutions like it.
    """
    mean = torch.tensor(preprocess.mean, device=pixels.device).view(3, 1, 1)
    std = torch.tensor(preprocess.std, device=pixels.device).view(3, 1, 1)
    layout = torch.channels_last if pixels.ndim == 4 else torch.preserve_format
    return pixels.to(torch.float32, memory_format=layout).sub_(mean * 255).div_(std * 255)
