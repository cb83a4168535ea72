"""Networks of torchvision without most of the weights that make them large: tests hold several copies of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from torch import nn
from torchvision.models import vgg, vision_transformer

from ftcli.contracts import Backbone
from ftcli.models.detection import kinds, new_head

WIDTH, LAYERS = 64, 4
DETECTOR_WIDTH, REPRESENTATION = 16, 32
BUILD_DETECTOR = new_head.build_on
VGG, VISION_TRANSFORMER = vgg.VGG, vision_transformer._vision_transformer


class Linear(nn.Linear):
    """A linear layer of `WIDTH` where it would have 4,096 features."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(WIDTH if inputs == 4096 else inputs, WIDTH if outputs == 4096 else outputs)


def narrow_vgg(*arguments: Any, **settings: Any) -> nn.Module:
    """A VGG without the 120 million weights of its two large linear layers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vgg.nn, "Linear", Linear)
        network: nn.Module = VGG(*arguments, **settings)
    return network


def shallow_transformer(*, num_layers: int, **settings: Any) -> nn.Module:
    """A vision transformer of `LAYERS` layers, not 12 or more."""
    network: nn.Module = VISION_TRANSFORMER(num_layers=min(LAYERS, num_layers), **settings)
    return network


def narrow_detector(backbone: Backbone, kind: str, classes: int, width: int = DETECTOR_WIDTH) -> Backbone:
    """A new detector with maps of few channels."""
    return BUILD_DETECTOR(backbone, kind, classes, width)


@contextmanager
def small_networks() -> Iterator[None]:
    """Within, torchvision makes those, and new detectors are narrow."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "REPRESENTATION", REPRESENTATION)
        patch.setattr(new_head, "build_on", narrow_detector)
        patch.setattr(vgg, "VGG", narrow_vgg)
        patch.setattr(vision_transformer, "_vision_transformer", shallow_transformer)
        yield
