"""Images as detectors are trained on them: upright, whole, each with its own sides."""

from __future__ import annotations

from typing import Any

import images
import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

# Sides of a canvas are multiples of it.
STEP = 32
SIDES = ("left", "top", "right", "bottom")


def seen(image: Any, settings: dict[str, Any]) -> tuple[Tensor, tuple[int, int]]:
    """A file, bytes or an array as uint8 (3, h, w) at the working size, and its own height and width."""
    whole = images.decoded(image, 1 << 30)
    pixels = images.decoded(image, settings["resize"])
    height, width = pixels.shape[-2:]
    size = [settings["resize"]] * 2
    if not settings["squash"]:
        scale = min(settings["resize"] / min(height, width), settings["longest"] / max(height, width))
        size = [max(1, round(height * scale)), max(1, round(width * scale))]
    if [height, width] != size:
        smooth = {} if "nearest" in settings["interpolation"] else {"align_corners": False, "antialias": True}
        pixels = interpolate(pixels[None], size=size, mode=settings["interpolation"], **smooth)[0]
    return pixels, (whole.shape[-2], whole.shape[-1])


def canvas(pixels: Tensor, settings: dict[str, Any]) -> dict[str, Any]:
    """The inputs of the network for one image: `pixels` (1, 3, H, W), zeros right and below, and `sizes` (1, 2)."""
    made = images.normalised(pixels[None], settings)
    if not settings["squash"]:
        made = padded(made, STEP)
    return {"pixels": made.numpy(), "sizes": torch.tensor([pixels.shape[-2:]]).numpy()}


def padded(pixels: Tensor, step: int) -> Tensor:
    """Zeros right and below, so that both sides are multiples of `step`."""
    height, width = pixels.shape[-2:]
    return pad(pixels, (0, -width % step, 0, -height % step))


def rows(found: dict[str, Any], before: Any, after: Any, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The likely boxes of an image of the size `before` as rows, in pixels of one of the size `after`."""
    kept = found["scores"] >= settings["threshold"]
    scale = (torch.tensor(after) / torch.as_tensor(before)).flip(0).repeat(2)
    boxes = torch.as_tensor(found["boxes"])[kept] * scale.float()
    labels, scores = torch.as_tensor(found["labels"])[kept], torch.as_tensor(found["scores"])[kept]
    made = [
        {
            "label": settings["classes"][label],
            "probability": round(score, 6),
            **{name: round(side, 2) for name, side in zip(SIDES, sides, strict=True)},
        }
        for label, score, sides in zip(labels.tolist(), scores.tolist(), boxes.tolist(), strict=True)
    ]
    return made or [dict.fromkeys(("label", "probability", *SIDES))]
