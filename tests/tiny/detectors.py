"""Tiny detectors: Hugging Face folders for images of 64 x 96 pixels and four classes, and a batch to try any on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import transformers as hf

CLASSES = 4  # of the published weights
PROCESSOR = {
    "size": {"shortest_edge": 64, "longest_edge": 96},
    "image_mean": [0.5] * 3,
    "image_std": [0.5] * 3,
}
RESNET: dict[str, Any] = {
    "embedding_size": 8,
    "hidden_sizes": [8, 16, 24, 32],
    "depths": [1, 1, 1, 1],
    "layer_type": "basic",
}
LAYERS: dict[str, Any] = {
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 16,
    "decoder_ffn_dim": 16,
    "num_queries": 5,
    "num_labels": CLASSES,
}


def _save(folder: Path, model: Any) -> str:
    hf.utils.logging.disable_progress_bar()
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSOR), encoding="utf-8")
    return str(folder)


def detr(folder: Path) -> str:
    """DETR: a class for no object, and masks for padding."""
    resnet = hf.ResNetConfig(**RESNET, out_features=["stage4"])
    config = hf.DetrConfig(backbone_config=resnet, use_timm_backbone=False, d_model=16, **LAYERS)
    return _save(folder, hf.DetrForObjectDetection(config))


def conditional_detr(folder: Path) -> str:
    """Conditional DETR: a sigmoid for each class, and masks for padding."""
    resnet = hf.ResNetConfig(**RESNET, out_features=["stage4"])
    config = hf.ConditionalDetrConfig(backbone_config=resnet, use_timm_backbone=False, d_model=16, **LAYERS)
    return _save(folder, hf.ConditionalDetrForObjectDetection(config))


def rt_detr(folder: Path) -> str:
    """RT-DETR: classes in the decoder, random queries in training, no masks."""
    resnet = hf.RTDetrResNetConfig(**RESNET, out_features=["stage2", "stage3", "stage4"])
    config = hf.RTDetrConfig(
        backbone_config=resnet,
        d_model=16,
        encoder_hidden_dim=16,
        encoder_in_channels=[16, 24, 32],
        decoder_in_channels=[16, 16, 16],
        num_denoising=4,
        **LAYERS,
    )
    return _save(folder, hf.RTDetrForObjectDetection(config))


def yolos(folder: Path) -> str:
    """YOLOS: a vision transformer with detection tokens."""
    config = hf.YolosConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=[64, 64],
        patch_size=16,
        num_detection_tokens=5,
        num_labels=CLASSES,
    )
    return _save(folder, hf.YolosForObjectDetection(config))


DETECTORS: dict[str, Callable[[Path], str]] = {
    "detr": detr,
    "conditional_detr": conditional_detr,
    "rt_detr": rt_detr,
    "yolos": yolos,
}


def batch(height: int = 60, width: int = 90) -> dict[str, Any]:
    """What a detector takes: two images, of which the second is padded and has no boxes."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.rand(2, 3, height, width, generator=generator)
    pixels[1, :, 40:] = 0
    pixels[1, :, :, 50:] = 0
    boxes = torch.tensor([[10.0, 10.0, 40.0, 50.0], [5.0, 5.0, 20.0, 20.0]])
    targets = [
        {"boxes": boxes, "labels": torch.tensor([0, 2])},
        {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)},
    ]
    return {"pixels": pixels, "sizes": torch.tensor([[height, width], [40, 50]]), "targets": targets}
