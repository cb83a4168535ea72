"""Networks of torchvision for segmentation, without their last layers."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models
from torchvision.models.segmentation import LRASPP

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import did_you_mean, listing
from ftcli.models.freezing.ladder import torchvision_ladder
from ftcli.models.pretrained.torchvision_weights import find_weights
from ftcli.models.pretrained.weights import fit_weights, strip_prefix
from ftcli.models.request import TORCHVISION, Request
from ftcli.models.segmentation.last_layers import MARK, classifiers

AUXILIARY_WEIGHT = 0.5  # as in torchvision's own training of FCN and DeepLabV3


class TorchvisionMaps(nn.Module):
    """Pixels (B, 3, H, W) to features (B, width, h, w); in training with an auxiliary classifier a pair of them.

    `net` has nothing in the place of its last layers. It is not called itself, as it would resize all features to the
    size of the pixels.
    """

    def __init__(self, net: nn.Module, name: str) -> None:
        super().__init__()
        self.net = net
        self.name = name

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, ...]:
        net: Any = self.net
        features = net.backbone(pixels)
        if isinstance(net, LRASPP):
            return self._pooled(net.classifier, features["low"], features["high"])
        main: Tensor = net.classifier(features["out"])
        if self.training and net.aux_classifier is not None:
            return main, net.aux_classifier(features["aux"])
        return main

    @staticmethod
    def _pooled(head: Any, low: Tensor, high: Tensor) -> Tensor:
        """What both last layers of LR-ASPP read: one layer on both together is the sum of theirs."""
        scaled = head.cbr(high) * head.scale(high)
        return torch.cat([low, F.interpolate(scaled, size=low.shape[-2:], mode="bilinear")], dim=1)


def load_torchvision_maps(name: str, request: Request) -> Backbone:
    """The network `torchvision/NAME` with its weights, without its last layers. Raises as `Loader.load`."""
    known = models.list_models(module=models.segmentation)
    if name not in known:
        near = did_you_mean(name, known)
        problem = f"torchvision has no network {name!r} for segmentation.{near} It has: {listing(known)}"
        raise request.places.error("model.backbone", problem)
    source = find_weights(name, request.model.weights, request.places)
    preprocess = request.sized(_published(source.transforms))
    state = None if source.read is None else source.read()
    auxiliary = state is None or any("aux_classifier." in key for key in state)
    backbone = build_torchvision_maps(
        name, preprocess, f"{TORCHVISION}{name}@{source.label}", auxiliary=auxiliary
    )
    if state is not None:
        net: Any = backbone.module.net
        last = ("classifier.4", "aux_classifier.4", "classifier.low_classifier", "classifier.high_classifier")
        fit_weights(net, strip_prefix(state, net.state_dict()), source.where, heads=last)
    return backbone


def _published(transforms: Any) -> ImagePreprocess:
    """The whole image as a square: every pixel counts, and all images have one size."""
    size = int(transforms.resize_size[0])
    interpolation = transforms.interpolation.value
    mean, std = tuple(transforms.mean), tuple(transforms.std)
    return ImagePreprocess(size, size, mean, std, interpolation, squash=True)


def build_torchvision_maps(
    name: str, preprocess: ImagePreprocess, source: str, *, auxiliary: bool
) -> Backbone:
    """The architecture with random weights, its last layers removed."""
    options = {} if name.startswith("lraspp") else {"aux_loss": auxiliary}
    net: Any = models.get_model(name, weights=None, weights_backbone=None, num_classes=MARK, **options)
    widths = {path: layer.in_channels for path, layer in classifiers(net).items()}
    for path in widths:
        net.set_submodule(path, nn.Identity())
    extra = tuple(width for path, width in widths.items() if path.startswith("aux"))
    body = (
        Block(block.name, tuple(f"net.backbone.{prefix}" for prefix in block.prefixes))
        for block in torchvision_ladder(net.backbone)
    )
    return Backbone(
        module=TorchvisionMaps(net, name),
        preprocess=preprocess,
        width=sum(widths.values()) - sum(extra),
        blocks=(*body, Block("decoder", ("net.classifier", "net.aux_classifier"))),
        source=source,
        family="mobile" if "mobilenet" in name else "cnn",
        auxiliary=extra,
        auxiliary_weight=AUXILIARY_WEIGHT if extra else 0.0,
        form="maps",
    )
