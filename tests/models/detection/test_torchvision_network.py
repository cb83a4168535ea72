"""The heads of torchvision's detectors, on features that are given to them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from ftcli.models.detection.torchvision_network import predictors
from tests.models.detection.detection import trained
from tests.models.detection.test_torchvision import FASTER, LITE, made, published
from tests.tiny.detectors import batch


def test_every_place_starts_without_a_class() -> None:
    """The prior of the focal loss (Lin et al. 2017), for the new number of classes."""
    for name in ("retinanet_resnet50_fpn", "fcos_resnet50_fpn"):
        net: Any = made(name).module.head
        layer = net.get_submodule(predictors(net)[0])
        anchors = net.anchor_generator.num_anchors_per_location()[0]
        assert layer.out_channels == 3 * anchors
        assert torch.allclose(layer.bias.sigmoid(), torch.tensor(0.01))


@pytest.mark.parametrize(("name", "threshold"), [(FASTER, "roi_heads"), (LITE, "")])
def test_detections_are_those_of_torchvision(name: str, threshold: str) -> None:
    """Of an image that its own transform leaves at its size; its class 0 is the background."""
    net = published(name, classes=4).eval()
    part = net.roi_heads if threshold else net
    part.score_thresh, part.detections_per_img = 0.01, 100
    model = made(name)
    state = {f"head.{key}": value for key, value in net.state_dict().items()}
    state = {key.replace("head.backbone.", "backbone."): value for key, value in state.items()}
    model.module.load_state_dict(state)
    image = torch.rand(3, 320, 320)
    inputs: Any = model.preprocess
    mean, std = (torch.tensor(value)[:, None, None] for value in (inputs.mean, inputs.std))
    with torch.no_grad():
        (theirs,) = net([image])
        pixels = ((image - mean) / std)[None]
        (ours,) = model.module.eval()(pixels, torch.tensor([[320, 320]])).detections
    assert len(theirs["boxes"]) > 0
    assert torch.allclose(ours["boxes"], theirs["boxes"], atol=1e-3)
    assert torch.equal(ours["labels"], theirs["labels"] - 1)


def test_one_image_may_be_larger_than_its_neighbour_and_of_odd_size() -> None:
    model = made(FASTER)
    inputs = batch(61, 75)
    assert math.isfinite(sum(value.item() for value in trained(model, inputs).values()))
