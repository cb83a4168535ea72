from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers as hf
from PIL import Image

from ftcli.contracts import ImagePreprocess
from ftcli.errors import ModelError
from ftcli.models.pretrained.preprocessing import completed, image_settings, save_tokenizer, suited
from ftcli.models.scratch.tokenizers import train_tokenizer
from tests.tiny import models as tiny
from tests.tiny.models import CORPUS

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


@pytest.mark.parametrize(
    ("kind", "settings", "expected"),
    [
        ("DeiTFeatureExtractor", {"size": 256, "crop_size": 224}, (256, 224, True)),
        ("ViTFeatureExtractor", {"size": 224}, (224, 224, True)),
        ("ConvNextFeatureExtractor", {"size": 224}, (256, 224, False)),
        ("BitImageProcessor", {"size": {"shortest_edge": 256}, "crop_size": None}, (256, 224, False)),
        ("DINOv3ViTImageProcessorFast", {}, (224, 224, True)),
        ("NoSuchImageProcessor", {"size": 224}, (224, 224, False)),
    ],
)
def test_a_single_number_and_what_is_left_out_mean_what_they_do_to_the_processor(
    kind: str, settings: dict[str, Any], expected: tuple[int, int, bool]
) -> None:
    key = "feature_extractor_type" if kind.endswith("FeatureExtractor") else "image_processor_type"
    ours = image_settings(completed({key: kind, **settings}))
    assert (ours.resize, ours.crop, ours.squash) == expected


def test_without_a_name_the_processor_is_that_of_the_network() -> None:
    assert image_settings(completed({"size": 224}, hf.SwinConfig())).squash
    assert not image_settings(completed({"size": 224}, hf.ResNetConfig())).squash


def test_channels_in_another_order_are_refused() -> None:
    with pytest.raises(ValueError, match="blue, green and red"):
        image_settings(completed({"image_processor_type": "MobileViTImageProcessor"}))


def test_special_tokens_that_the_network_does_not_know_are_words_like_others(tmp_path: Path) -> None:
    """Gemma 3 of 270M has a token for images behind the last of its embeddings."""
    tokenizer = hf.BertTokenizer.from_pretrained(tiny.bert(tmp_path))
    known = len(tokenizer)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<image>"]})
    net = hf.BertModel(hf.BertConfig(**tiny.encoder(known)))
    for _ in range(2):
        ours = suited(tokenizer, tmp_path, net, None).tokenizer
        assert max(ours("a good <image>")["input_ids"]) < known
        assert ours.tokenize("a [MASK]") == ["a", "[MASK]"]
        save_tokenizer(ours, tmp_path / "again")
        tokenizer = hf.AutoTokenizer.from_pretrained(tmp_path / "again")


def test_a_tokenizer_with_more_tokens_than_the_network_is_refused() -> None:
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 48}
    net = hf.BertModel(hf.BertConfig(vocab_size=10, **sizes))
    tokenizer = train_tokenizer("wordpiece", CORPUS, 80, "bert")
    with pytest.raises(ModelError, match=r"model.config of bert: its tokenizer gives ids up to"):
        suited(tokenizer, "model.config of bert", net, None)


def test_a_tokenizer_that_the_disk_refuses_is_an_error_of_the_system(tmp_path: Path) -> None:
    tokenizer = hf.BertTokenizer.from_pretrained(tiny.bert(tmp_path))
    (tmp_path / "again" / "tokenizer.json").mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        save_tokenizer(tokenizer, tmp_path / "again")
