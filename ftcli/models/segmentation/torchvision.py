"""Networks of torchvision for segmentation, without their last layers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
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
LAST_LAYERS = (
    "classifier.4",
    "aux_classifier.4",
    "classifier.low_classifier",
    "classifier.high_classifier",
)


class TorchvisionMaps(nn.Module):
    """Pixels (B, 3, H, W) to features (B, width, h, w); in training with an auxiliary classifier a pair of them.

    The last layers of `net` are identities. `net` itself is not called, because it would resize all features to the
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
        """The inputs of both last layers of LR-ASPP, concatenated: one layer on them is the sum of the two layers."""
        scaled = head.cbr(high) * head.scale(high)
        return torch.cat([low, F.interpolate(scaled, size=low.shape[-2:], mode="bilinear")], dim=1)


class TorchvisionSegmentationLoader:
    """The `BackboneLoader` of torchvision's networks for segmentation."""

    def load(self, request: Request) -> Backbone:
        """The network `torchvision/NAME` with its weights, without its last layers. Raises as `BackboneLoader.load`."""
        name = request.torchvision or ""
        known = models.list_models(module=models.segmentation)
        if name not in known:
            near = did_you_mean(name, known)
            problem = f"torchvision has no network {name!r} for segmentation.{near} It has: {listing(known)}"
            raise request.places.error("model.backbone", problem)
        source = find_weights(name, request.model.weights, request.places)
        preprocess = request.sized(_published(source.transforms))
        state = None if source.read is None else source.read()
        auxiliary = state is None or any("aux_classifier." in key for key in state)
        backbone = _build(name, preprocess, f"{TORCHVISION}{name}@{source.label}", auxiliary=auxiliary)
        if state is not None:
            net: Any = backbone.module.net
            fit_weights(net, strip_prefix(state, net.state_dict()), source.where, heads=LAST_LAYERS)
        return backbone

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        return {"name": module.name, "auxiliary": bool(backbone.auxiliary)}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        assert preprocess is not None
        return _build(saved["name"], preprocess, saved["source"], auxiliary=saved["auxiliary"])


def _published(transforms: Any) -> ImagePreprocess:
    """The whole image as a square: every pixel counts, and all images have one size."""
    size = int(transforms.resize_size[0])
    interpolation = transforms.interpolation.value
    mean, std = tuple(transforms.mean), tuple(transforms.std)
    return ImagePreprocess(size, size, mean, std, interpolation, squash=True)


def _build(name: str, preprocess: ImagePreprocess, source: str, *, auxiliary: bool) -> Backbone:
    """The architecture with random weights, its last layers removed."""
    options = {} if name.startswith("lraspp") else {"aux_loss": auxiliary}
    net: Any = models.get_model(name, weights=None, weights_backbone=None, num_classes=MARK, **options)
    widths = {path: layer.in_channels for path, layer in classifiers(net).items()}
    for path in widths:
        net.set_submodule(path, nn.Identity())
    extra = tuple(width for path, width in widths.items() if path.startswith("aux"))
    body = (block.under("net.backbone") for block in torchvision_ladder(net.backbone))
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
