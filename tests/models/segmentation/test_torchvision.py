from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torchvision import models

from ftcli.config.schema import Head
from ftcli.errors import WeightsError
from ftcli.models.heads import Classifier
from tests.models.conftest import load
from tests.models.segmentation.conftest import TORCHVISION, pixels


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
