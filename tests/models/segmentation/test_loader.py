from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.config.schema import Head
from ftcli.contracts import Backbone
from ftcli.errors import ConfigError
from ftcli.models.freezing.policies import FreezeBlocks, NoFreeze
from ftcli.models.heads import Classifier
from ftcli.models.load import rebuild_backbone, save_backbone_files
from ftcli.models.pretrained.weights import load_state
from tests.models.conftest import load
from tests.models.segmentation.conftest import TORCHVISION, pixels
from tests.tiny.segmenters import SEGMENTERS


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
