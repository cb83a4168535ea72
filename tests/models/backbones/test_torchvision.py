from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torchvision import models

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import ConfigError, ModelError, WeightsError
from ftcli.models.backbones.torchvision import build, published_preprocess
from tests.models.conftest import load
from tests.tiny.models import torchvision_weights

NAMES = models.list_models(module=models)


def architecture(name: str) -> str:
    return str(models.get_model_builder(name).__module__)


def smallest() -> list[str]:
    """The model with the fewest parameters of each architecture."""
    by_size = sorted(NAMES, key=lambda name: models.get_model_weights(name).DEFAULT.meta["num_params"])
    return list({architecture(name): name for name in reversed(by_size)}.values())


def on_meta(name: str, *, auxiliary: bool = False) -> Backbone:
    preprocess = published_preprocess(models.get_model_weights(name).DEFAULT.transforms())
    # RegNet computes its widths by tensors, so it is made for real
    with torch.device("cpu" if name.startswith("regnet") else "meta"):
        return build(name, preprocess, f"torchvision/{name}@none", auxiliary)


@pytest.mark.parametrize("name", smallest())
def test_blocks_cover_everything_once_and_features_have_the_width(name: str) -> None:
    backbone = on_meta(name)
    held = [*backbone.module.named_parameters(), *backbone.module.named_buffers()]
    holders = {path: [block.name for block in backbone.blocks if block.holds(path)] for path, _ in held}
    assert {path: names for path, names in holders.items() if len(names) != 1} == {}
    assert len({block.name for block in backbone.blocks}) == len(backbone.blocks) >= 4
    module = backbone.module.to("meta").eval()
    size = backbone.preprocess.crop  # type: ignore[union-attr]
    assert module(torch.empty(2, 3, size, size, device="meta")).shape == (2, backbone.width)


@pytest.mark.parametrize(
    ("name", "blocks", "width", "family"),
    [
        ("resnet18", ["stem", "layer1", "layer2", "layer3", "layer4"], 512, "cnn"),
        ("densenet121", ["stem", "denseblock1", "denseblock2", "denseblock3", "denseblock4"], 1024, "cnn"),
        ("convnext_tiny", [f"features.{i}" for i in (0, 1, 3, 5, 7)], 768, "convnext"),
        ("swin_t", [f"features.{i}" for i in (0, 1, 3, 5, 7)], 768, "vit"),
        ("vit_b_32", ["stem", *(f"encoder_layer_{i}" for i in range(12))], 768, "vit"),
        ("shufflenet_v2_x0_5", ["stem", "stage2", "stage3", "stage4", "conv5"], 1024, "mobile"),
        ("efficientnet_b0", [f"features.{i}" for i in range(9)], 1280, "efficientnet"),
        ("mobilenet_v3_small", [*(f"features.{i}" for i in range(13)), "classifier.0"], 1024, "mobile"),
        (
            "vgg11_bn",
            [*(f"features.{i}" for i in (0, 4, 8, 11, 15, 18, 22, 25)), "classifier.0", "classifier.3"],
            4096,
            "cnn",
        ),
        ("squeezenet1_1", [f"features.{i}" for i in (0, 3, 4, 6, 7, 9, 10, 11, 12)], 512, "mobile"),
    ],
)
def test_rungs_are_what_one_would_freeze(name: str, blocks: list[str], width: int, family: str) -> None:
    backbone = on_meta(name)
    assert [block.name for block in backbone.blocks] == blocks
    assert (backbone.width, backbone.family) == (width, family)


@pytest.mark.parametrize(
    ("name", "size", "widths", "weight"),
    [("inception_v3", 299, (768,), 0.4), ("googlenet", 224, (1024, 1024), 0.3)],
)
def test_auxiliary_features_come_in_training_only(
    name: str, size: int, widths: tuple[int, ...], weight: float
) -> None:
    backbone = on_meta(name, auxiliary=True)
    assert (backbone.auxiliary, backbone.auxiliary_weight) == (widths, weight)
    pixels = torch.empty(2, 3, size, size, device="meta")
    features = backbone.module.train()(pixels)
    assert [tuple(one.shape) for one in features] == [(2, width) for width in (backbone.width, *widths)]
    assert backbone.module.eval()(pixels).shape == (2, backbone.width)


def test_inception_has_no_auxiliary_features_below_its_size() -> None:
    backbone = load("torchvision/inception_v3", "image", weights="none", image_size=75)
    assert backbone.auxiliary == ()
    assert backbone.module.train()(torch.rand(2, 3, 75, 75)).shape == (2, 2048)


def test_features_are_those_before_the_classifier(weights_file: str) -> None:
    backbone = load("torchvision/shufflenet_v2_x0_5", "image", weights=weights_file)
    assert backbone.source == f"torchvision/shufflenet_v2_x0_5@{weights_file}"
    net = models.shufflenet_v2_x0_5(weights=None)
    net.load_state_dict(load_file(weights_file))
    pixels = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        features = backbone.module.eval()(pixels)
        assert torch.allclose(net.eval()(pixels), net.fc(features), atol=1e-6)


def test_weights_of_another_model_are_an_error(weights_file: str) -> None:
    with pytest.raises(WeightsError, match=r"missing.*\n.*unexpected"):
        load("torchvision/squeezenet1_1", "image", weights=weights_file)


def test_a_run_of_ours_is_a_file_of_weights(tmp_path: Path, weights_file: str) -> None:
    state = {
        f"backbone.net.{name}": value for name, value in load_file(weights_file).items() if name[:3] != "fc."
    }
    save_file(state | {"head.0.weight": torch.ones(2, 1024)}, tmp_path / "model.safetensors")
    ours = load("torchvision/shufflenet_v2_x0_5", "image", weights=str(tmp_path / "model.safetensors"))
    plain = load("torchvision/shufflenet_v2_x0_5", "image", weights=weights_file)
    for mine, theirs in zip(ours.module.parameters(), plain.module.parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_vit_interpolates_positions_for_other_sizes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def tiny_vit(image_size: int = 224, num_classes: int = 1000) -> nn.Module:
        net: nn.Module = models.VisionTransformer(image_size, 32, 1, 2, 16, 32, num_classes=num_classes)
        return net

    def get_model(name: str, weights: None = None, **options: int) -> nn.Module:
        return tiny_vit(**options)

    monkeypatch.setattr("ftcli.models.backbones.torchvision.models.get_model", get_model)
    path = tmp_path / "vit.safetensors"
    save_file(tiny_vit().state_dict(), path)
    backbone = load("torchvision/vit_b_32", "image", weights=str(path), image_size=96)
    assert backbone.module.net.encoder.pos_embedding.shape == (1, 10, 16)  # type: ignore[union-attr]
    assert backbone.module(torch.rand(1, 3, 96, 96)).shape == (1, 16)


def test_preprocess_is_that_of_the_default_weights() -> None:
    backbone = load("torchvision/mobilenet_v3_small", "image", weights="none")
    assert backbone.preprocess == ImagePreprocess(resize=256, crop=224)
    assert backbone.source == "torchvision/mobilenet_v3_small@none"
    small = load("torchvision/mobilenet_v3_small", "image", weights="none", image_size=64)
    assert small.preprocess == ImagePreprocess(resize=64, crop=64)


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("alexnet", 32, "at least 63 pixels, not 32"),
        ("inception_v3", 64, "at least 75 pixels, not 64"),
        ("swin_t", 16, "at least 32"),
        ("vit_b_16", 100, "a multiple of 16 pixels, not 100: set data.image_size to 96"),
        ("maxvit_t", 300, "a multiple of 224 pixels"),
    ],
)
def test_images_that_do_not_fit_are_answered(name: str, size: int, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        load(f"torchvision/{name}", "image", weights="none", image_size=size)


def test_misspelt_names_are_answered_with_the_line() -> None:
    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: .*Did you mean 'resnet50'\?"):
        load("torchvision/resnet5", "image")
    with pytest.raises(
        ConfigError, match=r"x.yaml:3: model.weights: .*Did you mean 'imagenet'\?.*IMAGENET1K_V2"
    ):
        load("torchvision/resnet50", "image", weights="imagnet")


def test_pth_files_load_too(tmp_path: Path) -> None:
    path = torchvision_weights(tmp_path / "squeeze.pth", "squeezenet1_1")
    backbone = load("torchvision/squeezenet1_1", "image", weights=path)
    with torch.no_grad():
        assert backbone.module(torch.rand(1, 3, 64, 64)).shape == (1, 512)
