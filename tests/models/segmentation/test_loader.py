from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torchvision import models

from ftcli.config.schema import Head
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError, WeightsError
from ftcli.models.freezing.policies import FreezeBlocks, NoFreeze
from ftcli.models.heads import Classifier
from ftcli.models.load import rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.weights import load_state
from tests.models.conftest import load
from tests.tiny.segmenters import SEGMENTERS

TORCHVISION = ["lraspp_mobilenet_v3_large", "deeplabv3_mobilenet_v3_large"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("segmenters")
    return {name: make(root / name) for name, make in SEGMENTERS.items()}


def pixels(size: int = 64) -> Tensor:
    return torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))


def published(folder: Path, name: str, classes: int = 21) -> tuple[str, Any]:
    """A file of weights as torchvision publishes them, and the network that it is from."""
    torch.manual_seed(0)
    net = models.get_model(name, weights=None, weights_backbone=None, num_classes=classes)
    save_file(net.state_dict(), folder / "weights.safetensors")
    return str(folder / "weights.safetensors"), net


@pytest.mark.parametrize("name", TORCHVISION)
def test_the_head_takes_the_place_of_torchvisions_last_layers(tmp_path: Path, name: str) -> None:
    """With their weights it gives what the whole network gives, before it is resized."""
    file, net = published(tmp_path, name)
    backbone = load(f"torchvision/{name}", "image", weights=file, image_size=64, form="maps")
    model = Classifier(backbone, Head(), 21).eval()
    layer: Any = model.head[0]
    last = [layer for layer in net.modules() if getattr(layer, "out_channels", 0) == 21]
    with torch.no_grad():
        layer.weight.copy_(torch.cat([one.weight for one in last], dim=1))
        layer.bias.copy_(torch.stack([one.bias for one in last]).sum(0))
        ours = torch.nn.functional.interpolate(model(pixels=pixels()), size=(64, 64), mode="bilinear")
        theirs = net.eval()(pixels())["out"]
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_weights_of_another_number_of_classes_fit(tmp_path: Path) -> None:
    file, _ = published(tmp_path, TORCHVISION[0], classes=3)
    backbone = load(f"torchvision/{TORCHVISION[0]}", "image", weights=file, image_size=64, form="maps")
    assert backbone.width == 40 + 128


def test_weights_of_another_network_do_not(tmp_path: Path) -> None:
    file, _ = published(tmp_path, TORCHVISION[0])
    with pytest.raises(WeightsError, match="weights of another model"):
        load(f"torchvision/{TORCHVISION[1]}", "image", weights=file, image_size=64, form="maps")


def test_an_auxiliary_classifier_answers_in_training() -> None:
    backbone = load("torchvision/fcn_resnet50", "image", weights="none", image_size=32, form="maps")
    model = Classifier(backbone, Head(), 4)
    assert (backbone.width, backbone.auxiliary, backbone.auxiliary_weight) == (512, (256,), 0.5)
    assert [tuple(one.shape) for one in model.train()(pixels=pixels(32))] == [(2, 4, 4, 4)] * 2
    assert model.eval()(pixels=pixels(32)).shape == (2, 4, 4, 4)


@pytest.mark.parametrize("name", SEGMENTERS)
def test_the_head_takes_the_place_of_hugging_faces_last_layer(made: dict[str, str], name: str) -> None:
    import transformers as hf

    backbone = load(made[name], "image", image_size=32, form="maps")
    net = hf.AutoModelForSemanticSegmentation.from_pretrained(made[name]).eval()
    model = Classifier(backbone, Head(), net.config.num_labels).eval()
    convolutions = {n: one for n, one in net.named_modules() if isinstance(one, torch.nn.Conv2d)}
    last = [
        one
        for n, one in convolutions.items()
        if one.out_channels == net.config.num_labels and "auxiliary" not in n
    ]
    layer: Any = model.head[0]
    with torch.no_grad():
        layer.weight.copy_(last[-1].weight)
        layer.bias.copy_(last[-1].bias)
        theirs = net(pixel_values=pixels(32)).logits
        torch.testing.assert_close(model(pixels=pixels(32)), theirs, rtol=1e-4, atol=1e-5)


def all_backbones(made: dict[str, str]) -> list[Backbone]:
    ours = [
        load(f"torchvision/{n}", "image", weights="none", image_size=64, form="maps") for n in TORCHVISION
    ]
    return [*ours, *(load(folder, "image", image_size=32, form="maps") for folder in made.values())]


def test_every_parameter_is_in_one_block(made: dict[str, str]) -> None:
    for backbone in all_backbones(made):
        model = Classifier(backbone, Head(), 3)
        for name, _ in [*model.named_parameters(), *model.named_buffers()]:
            assert sum(block.holds(name) for block in model.blocks) == 1, (backbone.source, name)


def test_every_parameter_gets_a_gradient_but_those_behind_the_maps(made: dict[str, str]) -> None:
    for backbone in all_backbones(made):
        model = Classifier(backbone, Head(hidden=(4,)), 3)
        torch.nn.init.normal_(model.head[-1].weight)  # type: ignore[arg-type]
        policy = NoFreeze()
        policy.prepare(model, model.blocks, 1)
        policy.enter(model, 0)
        outputs = model.train()(pixels=pixels(backbone.preprocess.crop))  # type: ignore[union-attr]
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        sum(one.square().sum() for one in outputs).backward()
        without = {name for name, value in model.named_parameters() if value.grad is None}
        behind = ("conv_1x1", "beit.layers.3")  # transformers' BEiT reads its maps before its last layer
        assert all(any(part in name for part in behind) for name in without), (backbone.source, without)


def test_frozen_blocks_stay_as_they_are(made: dict[str, str]) -> None:
    backbone = load(made["segformer"], "image", image_size=32, form="maps")
    model = Classifier(backbone, Head(), 3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    policy = FreezeBlocks(1)
    policy.prepare(model, model.blocks, 1)
    policy.enter(model, 0)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (model(pixels=pixels(32)) - 1).square().sum().backward()
        optimizer.step()
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved
    assert not any(model.blocks[0].holds(name) for name in moved)


@pytest.mark.parametrize("name", [*TORCHVISION, *SEGMENTERS])
def test_round_trip(made: dict[str, str], tmp_path: Path, name: str) -> None:
    named, size = (made[name], 32) if name in made else (f"torchvision/{name}", 64)
    weights = None if name in made else "none"
    backbone = load(named, "image", weights=weights, image_size=size, form="maps")
    save_backbone_files(backbone, tmp_path)
    again = rebuild_backbone("x", tmp_path)
    load_state(again.module, dict(backbone.module.state_dict()))
    for part in ("width", "blocks", "source", "family", "auxiliary", "form", "preprocess"):
        assert getattr(again, part) == getattr(backbone, part)
    with torch.no_grad():
        ours, theirs = (one.module.eval()(pixels=pixels(size)) for one in (again, backbone))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


def test_what_is_no_network_for_segmentation_is_answered(tmp_path: Path) -> None:
    from tests.tiny.models import bert

    with pytest.raises(ConfigError, match=r"x.yaml:3: model.backbone: torchvision has no network 'resnet18'"):
        load("torchvision/resnet18", "image", weights="none", form="maps")
    with pytest.raises(ConfigError, match="transformers has no network of type 'bert' for segmentation"):
        load(bert(tmp_path / "bert"), "image", form="maps")
    with pytest.raises(ConfigError, match="'imagenet' is for torchvision models"):
        load(SEGMENTERS["segformer"](tmp_path / "s"), "image", weights="imagenet", form="maps")
