"""Feature maps are found in any backbone whose blocks give maps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers as hf

from ftcli.errors import ModelError
from ftcli.models.detection.feature_taps import FeatureMaps
from tests.models.backbones.test_torchvision import on_meta
from tests.models.conftest import load


@pytest.mark.parametrize(
    ("name", "taps", "blocks"),
    [
        ("mobilenet_v3_small", [("features.3", 8), ("features.8", 16), ("features.12", 32)], 13),
        ("resnet18", [("layer2", 8), ("layer3", 16), ("layer4", 32)], 5),
        (
            "densenet121",
            [("features.denseblock2", 8), ("features.denseblock3", 16), ("features.norm5", 32)],
            5,
        ),
        ("squeezenet1_1", [("features.7", 8), ("features.12", 16)], 9),
        ("inception_v3", [("Mixed_5d", 8), ("Mixed_6e", 16), ("Mixed_7c", 32)], None),
        ("swin_t", [("features.3", 8), ("features.5", 16), ("norm", 32)], 5),
        ("vgg11_bn", [("features.19", 8), ("features.26", 16)], 8),
    ],
)
def test_maps_are_the_last_at_their_strides(
    name: str, taps: list[tuple[str, int]], blocks: int | None
) -> None:
    """What is beyond them, such as the layers of VGG that take 224 pixels, is gone."""
    maps = FeatureMaps(on_meta(name))
    assert [(tap.path.removeprefix("net."), tap.stride) for tap in maps.taps] == taps
    assert blocks is None or len(maps.blocks) == blocks


@pytest.mark.parametrize(
    ("name", "channels"),
    [("vit", {8: 32}), ("resnet", {8: 16}), ("swin", {8: 16}), ("mobilenet_v1", {8: 25, 16: 51, 32: 102})],
)
def test_maps_of_transformers_lie_as_the_image_does(
    folders: dict[str, str], name: str, channels: dict[int, int]
) -> None:
    maps = FeatureMaps(load(folders[f"image/{name}"], "image"))
    pixels = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        shapes = {int(stride): tuple(value.shape) for stride, value in maps(pixels).items()}
    assert shapes == {stride: (1, width, 64 // stride, 96 // stride) for stride, width in channels.items()}


def test_tokens_become_places_without_the_class_token(folders: dict[str, str]) -> None:
    backbone = load(folders["image/vit"], "image")
    maps = FeatureMaps(backbone)
    pixels = torch.rand(1, 3, 64, 96)
    with torch.no_grad():
        hidden = backbone.module.eval().net(pixel_values=pixels, interpolate_pos_encoding=True)  # type: ignore[operator]
        (value,) = maps(pixels).values()
    assert torch.allclose(value[0, :, 1, 2], hidden.last_hidden_state[0, 1 + 12 + 2], atol=1e-6)


def test_tokens_that_are_not_rows_are_answered(tmp_path: Path) -> None:
    config = hf.HieraConfig(embed_dim=8, image_size=[64, 64], depths=[1] * 4, num_heads=[1] * 4)
    config.save_pretrained(tmp_path)
    backbone = load(str(tmp_path), "image", weights="none")
    with pytest.raises(ModelError, match="orders its tokens by windows"):
        FeatureMaps(backbone)


@pytest.mark.parametrize("name", ["vit_b_32", "maxvit_t"])
def test_backbones_for_squares_only_are_answered(name: str) -> None:
    backbone = on_meta(name)
    with pytest.raises(ModelError, match=r"does not take images that are not square.*Convolutional"):
        FeatureMaps(backbone)
