"""Images as the network was trained on them: upright, on white, resized and cut to a square."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from ftcli.media.upright import FORMATS, decode_smaller, rgb, upright, upright_size


def prepared(image: Any, settings: dict[str, Any]) -> Tensor:
    """A file, bytes or an array (H, W) or (H, W, 3) as uint8 (3, crop, crop); `settings` has resize, crop, ..."""
    pixels = decoded(image, settings["resize"])
    height, width = pixels.shape[-2:]
    if settings["squash"]:
        size = [settings["resize"]] * 2
    else:
        # Of a panorama the middle.
        shorter = min(height, width)
        pixels = _middle(pixels, min(height, 2 * shorter), min(width, 2 * shorter))
        size = [side * settings["resize"] // shorter for side in pixels.shape[-2:]]
    if list(pixels.shape[-2:]) != size:
        smooth = {} if "nearest" in settings["interpolation"] else {"align_corners": False, "antialias": True}
        pixels = interpolate(pixels[None], size=size, mode=settings["interpolation"], **smooth)[0]
    return _middle(pixels, settings["crop"], settings["crop"])


def normalised(pixels: Tensor, settings: dict[str, Any]) -> Tensor:
    """uint8 pixels (B, 3, H, W) as float32 with the mean and deviation of the weights."""
    mean, std = (torch.tensor(settings[name]).view(3, 1, 1) * 255 for name in ("mean", "std"))
    return (pixels.float() - mean) / std


def enlarged(mask: np.ndarray[Any, Any], image: Any) -> np.ndarray[Any, Any]:
    """A mask (h, w) of indices at the size of the upright image."""
    if isinstance(image, np.ndarray):
        height, width = image.shape[:2]
    else:
        with Image.open(io.BytesIO(image) if isinstance(image, bytes) else image, formats=FORMATS) as opened:
            width, height = upright_size(opened)
    made = Image.fromarray(mask.astype(np.int32)).resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(made)


def outputs(model: Any, inputs: dict[str, Any]) -> Tensor:
    """Logits of a transformers model for `pixels` (B, 3, H, W)."""
    found: Tensor = model(pixel_values=torch.as_tensor(inputs["pixels"])).logits
    return found


def maps(net: Any, pixels: Tensor) -> Tensor:
    """Logits (B, classes, h, w) of a network of torchvision, which itself would enlarge them."""
    features = net.backbone(pixels)
    found: Tensor = net.classifier(features.get("out", features))
    return found


def _middle(pixels: Tensor, height: int, width: int) -> Tensor:
    top, left = round((pixels.shape[-2] - height) / 2), round((pixels.shape[-1] - width) / 2)
    return pixels[:, top : top + height, left : left + width]


def decoded(image: Any, working: int) -> Tensor:
    """A file, bytes or an array as uint8 (3, H, W), whose shorter side is resized to `working` later."""
    if isinstance(image, np.ndarray):
        array = np.stack([image] * 3, axis=-1) if image.ndim == 2 else np.array(image)
    else:
        content = image if isinstance(image, bytes) else Path(image).read_bytes()
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            decode_smaller(opened, working)
            array = np.array(rgb(upright(opened)))
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()
