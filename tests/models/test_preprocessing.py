from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from ftcli.contracts import ImagePreprocess
from ftcli.models.preprocessing import image_settings

HALVES = (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"size": 224, "image_mean": [0.5] * 3, "image_std": 0.5}, ImagePreprocess(224, 224, HALVES, HALVES)),
        (
            {"size": {"height": 384, "width": 384}, "resample": 3},
            ImagePreprocess(384, 384, HALVES, HALVES, "bicubic", squash=True),
        ),
        (
            {
                "size": {"shortest_edge": 256},
                "do_center_crop": True,
                "crop_size": {"height": 224, "width": 224},
            },
            ImagePreprocess(256, 224, HALVES, HALVES),
        ),
        ({"size": {"shortest_edge": 224}, "crop_pct": 0.875}, ImagePreprocess(256, 224, HALVES, HALVES)),
        (
            {"size": {"shortest_edge": 384}, "crop_pct": 1.0},
            ImagePreprocess(384, 384, HALVES, HALVES, squash=True),
        ),
        ({"size": 32, "do_normalize": False}, ImagePreprocess(32, 32, (0.0,) * 3, (1.0,) * 3)),
        (
            {"size": 32, "do_normalize": False, "do_rescale": False},
            ImagePreprocess(32, 32, (0.0,) * 3, (1 / 255,) * 3),
        ),
    ],
)
def test_settings_become_our_pipeline(settings: dict[str, Any], expected: ImagePreprocess) -> None:
    assert image_settings(settings) == expected


@pytest.mark.parametrize(
    "processor",
    [
        hf.ViTImageProcessor(size={"height": 32, "width": 32}),
        hf.EfficientNetImageProcessor(size={"height": 32, "width": 32}, rescale_offset=True),
        hf.EfficientNetImageProcessor(size={"height": 32, "width": 32}, rescale_factor=1 / 127.5),
    ],
)
def test_pixels_are_scaled_as_transformers_does(processor: Any) -> None:
    """Images that already have the size, so only scaling is compared."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    theirs = processor(image, return_tensors="pt")["pixel_values"][0]
    ours = image_settings(processor.to_dict())
    pixels = torch.tensor(np.array(image)).permute(2, 0, 1) / 255
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (ours.mean, ours.std))
    assert torch.allclose((pixels - mean) / std, theirs, atol=1e-4)
