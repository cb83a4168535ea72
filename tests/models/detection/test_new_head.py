from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hf

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import ModelError
from ftcli.models.detection.feature_taps import FeatureMaps
from ftcli.models.detection.new_head import KINDS, build_on
from ftcli.models.freezing.policies import FreezeBackbone
from tests.models.backbones.test_torchvision import on_meta
from tests.models.conftest import load
from tests.models.detection.detection import check_evaluation, evaluated, holders, trained
from tests.tiny.detectors import batch

SMALL = "torchvision/shufflenet_v2_x0_5"


def built(kind: str = "fcos", backbone: str = SMALL) -> Backbone:
    torch.manual_seed(0)
    weights = None if backbone.startswith("/") else "none"
    return build_on(load(backbone, "image", weights=weights), kind, 3, width=32)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_trains_and_evaluates(kind: str) -> None:
    model = built(kind)
    losses = trained(model, batch())
    assert [path for path, value in model.module.named_parameters() if value.grad is None] == []
    check_evaluation(model, batch(), 3)
    assert evaluated(model, batch()).losses.keys() == losses.keys()
    assert holders(model) == {}
    assert model.head == ("neck", "head")


@pytest.mark.parametrize("kind", KINDS)
def test_detectors_learn_one_image(kind: str) -> None:
    model = built(kind)
    one = {name: value[:1] for name, value in batch().items()}
    optimizer = torch.optim.Adam(model.module.parameters(), 2e-3)
    losses = []
    for _ in range(8):
        optimizer.zero_grad()
        losses.append(float(sum(value.detach() for value in trained(model, one).values())))
        optimizer.step()
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_without_any_box_train(kind: str) -> None:
    nothing = batch()
    nothing["targets"] = [nothing["targets"][1]] * 2
    trained(built(kind), nothing)


@pytest.mark.parametrize("kind", ["faster-rcnn", "fcos"])
def test_lower_precision_is_only_for_layers(kind: str) -> None:
    model = built(kind)
    with torch.autocast("cpu", torch.bfloat16):
        trained(model, batch())
        found = evaluated(model, batch()).detections[0]
    assert found["boxes"].dtype == found["scores"].dtype == torch.float32
    full = evaluated(model, batch()).detections[0]
    assert torch.allclose(found["boxes"][:5].sum(), full["boxes"][:5].sum(), rtol=0.3)


def test_the_mean_of_the_weights_is_kept_and_the_size_is_for_detectors(folders: dict[str, str]) -> None:
    model = built(backbone=folders["image/vit"])
    assert model.preprocess == ImagePreprocess(320, 320, (0.5,) * 3, (0.5,) * 3, longest=640)
    assert (model.source, model.family) == (folders["image/vit"], "vit")


def test_frozen_backbones_stay_as_they_are() -> None:
    model = built()
    policy = FreezeBackbone()
    policy.prepare(model.module, [*model.blocks, Block("head", model.head)], 1)
    policy.enter(model.module, 0)
    before = deepcopy(model.module.backbone.state_dict())  # type: ignore[union-attr]
    detected = model.module(**batch())
    sum(detected.losses.values()).backward()
    assert all(value.grad is None for value in model.module.backbone.parameters())  # type: ignore[union-attr]
    after = model.module.backbone.state_dict()  # type: ignore[union-attr]
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_copies_run_their_own_weights() -> None:
    model = built()
    copy = deepcopy(model.module).eval()
    with torch.no_grad():
        first = copy(**batch()).losses
        for value in model.module.parameters():
            value.zero_()
        assert copy(**batch()).losses == first


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


def test_sides_are_multiples_of_the_patch(tmp_path: Path) -> None:
    """DINOv2 has patches of 14, and gives one map; the pyramid makes five of it."""
    config = hf.Dinov2Config(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, mlp_ratio=1, image_size=56, patch_size=14
    )
    config.save_pretrained(tmp_path)
    model = build_on(load(str(tmp_path), "image", weights="none"), "fcos", 3, width=32)
    head: Any = model.module.head
    assert [size for (size,) in head.anchor_generator.sizes] == [7, 14, 28, 56, 112]
    check_evaluation(model, batch(), 3)
    trained(model, batch())
    assert [path for path, value in model.module.named_parameters() if value.grad is None] == []


def test_tokens_that_are_no_rows_are_answered(tmp_path: Path) -> None:
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


def test_kinds_and_widths_that_do_not_exist_are_answered() -> None:
    backbone = load(SMALL, "image", weights="none")
    with pytest.raises(ModelError, match=r"'retinanett'. Did you mean 'retinanet'\?"):
        build_on(backbone, "retinanett", 3)
    with pytest.raises(ModelError, match="a multiple of 8, not 100"):
        build_on(backbone, "fcos", 3, width=100)
