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

# By which a stored image is turned, by its EXIF orientation.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = [TURNS[value] for value in (5, 6, 7, 8)]
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")


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
            width, height = opened.size
            if _turn(opened) in SIDEWAYS:
                width, height = height, width
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
            _reduce(opened, working)
            array = np.array(_rgb(_upright(opened)))
    return torch.from_numpy(array).permute(2, 0, 1).contiguous()


def _reduce(image: Image.Image, working: int) -> None:
    """A JPEG of many times the working size is decoded at a smaller scale that divides its sides."""
    for scale in (8, 4, 2):
        exact = image.width % scale == 0 and image.height % scale == 0
        if exact and min(image.size) >= scale * 2 * working:
            image.draft(None, (image.width // scale, image.height // scale))
            return


def _turn(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(int(image.getexif().get(0x0112, 1)))
    except Exception:  # metadata that is broken says nothing of the pixels
        return None


def _upright(image: Image.Image) -> Image.Image:
    image.load()
    turn = _turn(image)
    return image if turn is None else image.transpose(turn)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        levels = np.asarray(image)
        scale = 255.0 if levels.dtype.kind == "f" and levels.max() <= 1 else 1 / 257
        return Image.fromarray(np.round(levels * scale).astype(np.uint8)).convert("RGB")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")
