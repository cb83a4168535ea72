"""Networks of Hugging Face for segmentation, without their last layer."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForSemanticSegmentation

from ftcli.contracts import Backbone, ImagePreprocess
from ftcli.errors import ModelError
from ftcli.models.backbones.huggingface import channels, image_family
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.hub import resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import image_preprocess
from ftcli.models.request import Request
from ftcli.models.segmentation.last_layers import MARK, classifiers

KIND = Kind(AutoModelForSemanticSegmentation, lambda net, config: _headless(net.float(), config))


class HuggingFaceMaps(nn.Module):
    """Pixels (B, 3, H, W) to features (B, width, h, w), from a network without its last layer."""

    def __init__(self, net: nn.Module, config: Any) -> None:
        super().__init__()
        self.net = net
        self.config = config

    def forward(self, pixels: Tensor) -> Tensor:
        features: Tensor = self.net(pixel_values=pixels).logits
        return features


class HuggingFaceSegmentationLoader:
    """The `BackboneLoader` of transformers' networks for segmentation."""

    def load(self, request: Request) -> Backbone:
        """The network with its weights, without its last layer. Raises as `BackboneLoader.load`."""
        name, weights = request.model.backbone, request.model.weights
        check_published(request)
        folder = resolve(name, weights=weights is None)
        with quiet():
            config = read_config(folder)
            if not KIND.knows(config):
                problem = (
                    f"{name}: transformers has no network of type {config.model_type!r} for segmentation"
                )
                raise request.places.error("model.backbone", problem)
            if hasattr(config, "use_auxiliary_head"):
                # Only transformers' own loss reads its output.
                config.use_auxiliary_head = False
            net = load_network(config, KIND, folder, weights)
            preprocess = image_preprocess(folder, config, required=weights != "none")
        preprocess = request.sized(replace(preprocess, crop=preprocess.resize, squash=True))
        return _assemble(net, config, preprocess, request.source)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        assert preprocess is not None
        config = read_config(folder)
        return _assemble(architecture(config, KIND), config, preprocess, saved["source"])


def _headless(net: nn.Module, config: Any) -> nn.Module:
    """Without the layer that predicts classes, found in a network of `MARK` classes: no other layer has that width."""
    marked = deepcopy(config)
    marked.num_labels = MARK
    with torch.device("meta"), quiet():
        paths = list(classifiers(KIND.auto.from_config(marked)))
    if len(paths) != 1:
        raise ModelError(f"a network of type {config.model_type!r} has no single last layer to replace")
    net.set_submodule(_outermost(net, paths[0]), nn.Identity())
    return net


def _outermost(net: nn.Module, path: str) -> str:
    """The layer at `path`, or the module that wraps it alone: MobileNetV2's wrapper reads its stride."""
    parent = path.rpartition(".")[0]
    alone = parent and len(list(net.get_submodule(parent).children())) == 1
    return _outermost(net, parent) if alone else path


def _assemble(net: nn.Module, config: Any, preprocess: ImagePreprocess, source: str) -> Backbone:
    module = HuggingFaceMaps(net, config)
    blocks = tuple(block.under("net") for block in huggingface_ladder(net))
    width = channels(module, preprocess.crop, source)
    family = image_family(net, config)
    return Backbone(module, preprocess, width, blocks, source, family, form="maps")
