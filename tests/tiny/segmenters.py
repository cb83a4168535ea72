"""Tiny networks for segmentation, as Hugging Face folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
import transformers as hf

from tests.tiny.models import processor, save


def mobilenet_v2(folder: Path) -> str:
    """A DeepLabV3+ on MobileNetV2 with 21 classes."""
    torch.manual_seed(0)
    config = hf.MobileNetV2Config(image_size=32, depth_multiplier=0.25, num_labels=21)
    return save(folder, hf.MobileNetV2ForSemanticSegmentation(config), processor=processor())


def segformer(folder: Path) -> str:
    """A SegFormer with two stages and 5 classes."""
    torch.manual_seed(0)
    config = hf.SegformerConfig(
        num_encoder_blocks=2, depths=[1, 1], sr_ratios=[2, 1], hidden_sizes=[8, 16], patch_sizes=[7, 3],
        strides=[4, 2], num_attention_heads=[1, 2], mlp_ratios=[2, 2], decoder_hidden_size=12, num_labels=5,
    )  # fmt: skip
    return save(folder, hf.SegformerForSemanticSegmentation(config), processor=processor())


def beit(folder: Path) -> str:
    """A BEiT with UperNet and 5 classes; its auxiliary head serves its own loss alone."""
    torch.manual_seed(0)
    config = hf.BeitConfig(
        image_size=32, patch_size=8, hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=16,
        out_indices=[1, 2, 3, 4], num_labels=5, use_auxiliary_head=True, use_relative_position_bias=True,
    )  # fmt: skip
    return save(folder, hf.BeitForSemanticSegmentation(config), processor=processor())


SEGMENTERS: dict[str, Callable[[Path], str]] = {
    "mobilenet_v2": mobilenet_v2,
    "segformer": segformer,
    "beit": beit,
}
