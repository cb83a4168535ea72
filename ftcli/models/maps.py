"""Backbones that give a map of features for each image: networks for segmentation without their last layer."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models
from torchvision.models.segmentation import LRASPP
from transformers import AutoModelForSemanticSegmentation

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.errors import ModelError, did_you_mean, listing
from ftcli.models.hub import resolve
from ftcli.models.huggingface import channels, image_family, sized
from ftcli.models.ladder import huggingface_ladder, torchvision_ladder
from ftcli.models.preprocessing import image_preprocess
from ftcli.models.pretrained import Kind, architecture, check_published, load_network, quiet, read_config
from ftcli.models.request import TORCHVISION, Request
from ftcli.models.torchvision_weights import find_weights
from ftcli.models.weights import fit_weights, strip_prefix

AUXILIARY_WEIGHT = 0.5  # as in torchvision's own training of FCN and DeepLabV3
MARK = 1009  # classes of a network that is only looked at: no other layer has as many outputs
KIND = Kind(AutoModelForSemanticSegmentation, lambda net, config: _headless(net.float(), config))


class Maps:
    """The `Loader` of form "maps"."""

    def load(self, request: Request) -> Backbone:
        """See `Loader.load`."""
        name = request.torchvision
        return _huggingface(request) if name is None else _torchvision(name, request)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `Loader.save`."""
        module: Any = backbone.module
        if isinstance(module, TorchvisionMaps):
            return {"name": module.name, "auxiliary": bool(backbone.auxiliary)}
        module.config.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `Loader.rebuild`."""
        assert preprocess is not None
        if saved["source"].startswith(TORCHVISION):
            return _build(saved["name"], preprocess, saved["source"], auxiliary=saved["auxiliary"])
        config = read_config(folder)
        return _assemble(architecture(config, KIND), config, preprocess, saved["source"])


# --------------------------------------------------------------------------------------------------- torchvision


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


def _torchvision(name: str, request: Request) -> Backbone:
    known = models.list_models(module=models.segmentation)
    if name not in known:
        near = did_you_mean(name, known)
        problem = f"torchvision has no network {name!r} for segmentation.{near} It has: {listing(known)}"
        raise request.mistake("model.backbone", problem)
    source = find_weights(name, request.model.weights, request.places)
    preprocess = sized(_published(source.transforms), request)
    state = None if source.read is None else source.read()
    auxiliary = state is None or any("aux_classifier." in key for key in state)
    backbone = _build(name, preprocess, f"{TORCHVISION}{name}@{source.label}", auxiliary=auxiliary)
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


def _build(name: str, preprocess: ImagePreprocess, source: str, *, auxiliary: bool) -> Backbone:
    options = {} if name.startswith("lraspp") else {"aux_loss": auxiliary}
    net: Any = models.get_model(name, weights=None, weights_backbone=None, num_classes=MARK, **options)
    widths = {path: layer.in_channels for path, layer in _classifiers(net).items()}
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


def _classifiers(net: nn.Module) -> dict[str, nn.Conv2d]:
    """The layers whose outputs are the classes, in a network of `MARK` of them."""
    layers = net.named_modules()
    return {p: one for p, one in layers if isinstance(one, nn.Conv2d) and one.out_channels == MARK}


# -------------------------------------------------------------------------------------------------- Hugging Face


class HuggingFaceMaps(nn.Module):
    """Pixels (B, 3, H, W) to features (B, width, h, w), from a network without its last layer."""

    def __init__(self, net: nn.Module, config: Any) -> None:
        super().__init__()
        self.net = net
        self.config = config

    def forward(self, pixels: Tensor) -> Tensor:
        features: Tensor = self.net(pixel_values=pixels).logits
        return features


def _huggingface(request: Request) -> Backbone:
    name, weights = request.model.backbone, request.model.weights
    check_published(request)
    folder = resolve(name, weights=weights is None)
    with quiet():
        config = read_config(folder)
        if not KIND.knows(config):
            problem = f"{name}: transformers has no network of type {config.model_type!r} for segmentation"
            raise request.mistake("model.backbone", problem)
        if hasattr(config, "use_auxiliary_head"):
            config.use_auxiliary_head = False  # its output is only read in transformers' own loss
        net = load_network(config, KIND, folder, weights)
        preprocess = image_preprocess(folder, config, required=weights != "none")
    preprocess = sized(replace(preprocess, crop=preprocess.resize, squash=True), request)
    return _assemble(net, config, preprocess, name if weights is None else f"{name}@{weights}")


def _headless(net: nn.Module, config: Any) -> nn.Module:
    """Without the layer that gives the classes, which is found in a network of as many classes as nothing else has."""
    marked = deepcopy(config)
    marked.num_labels = MARK
    with torch.device("meta"), quiet():
        paths = list(_classifiers(KIND.auto.from_config(marked)))
    if len(paths) != 1:
        raise ModelError(f"a network of type {config.model_type!r} has no single last layer to replace")
    net.set_submodule(_outermost(net, paths[0]), nn.Identity())
    return net


def _outermost(net: nn.Module, path: str) -> str:
    """The layer at `path`, or what is wrapped around it alone and may ask it for its stride, as MobileNetV2 does."""
    parent = path.rpartition(".")[0]
    alone = parent and len(list(net.get_submodule(parent).children())) == 1
    return _outermost(net, parent) if alone else path


def _assemble(net: nn.Module, config: Any, preprocess: ImagePreprocess, source: str) -> Backbone:
    module = HuggingFaceMaps(net, config)
    blocks = tuple(
        Block(block.name, tuple(f"net.{prefix}" for prefix in block.prefixes))
        for block in huggingface_ladder(net)
    )
    width = channels(module, preprocess.crop, source)
    family = image_family(net, config)
    return Backbone(module, preprocess, width, blocks, source, family, form="maps")
