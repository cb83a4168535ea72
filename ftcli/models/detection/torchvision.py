"""Torchvision's whole detectors by name, with their published weights."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models import detection

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.models.detection.detector import around, detector_backbone
from ftcli.models.detection.torchvision_network import (
    STEP,
    PrecomputedFeatures,
    TorchvisionDetector,
    predictors,
)
from ftcli.models.freezing.ladder import torchvision_ladder
from ftcli.models.pretrained.torchvision_weights import find_weights
from ftcli.models.pretrained.weights import fit_weights, strip_prefix, under
from ftcli.models.request import TORCHVISION, Request

OTHER_OUTPUTS = ("keypointrcnn", "maskrcnn")  # detectors of more than boxes
# Published files made with norms that add nothing to the variance: torchvision then sets their eps to 0.
NO_EPSILON = ("fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", "retinanet_resnet50_fpn_coco-eeacb38b.pth")


def detector_names() -> list[str]:
    """The detectors of boxes that the installed torchvision has."""
    return [name for name in models.list_models(module=detection) if not name.startswith(OTHER_OUTPUTS)]


class TorchvisionDetectorLoader:
    """The `BackboneLoader` of torchvision's whole detectors."""

    def load(self, request: Request) -> Backbone:
        """The detector `torchvision/NAME` with its weights; the layers that predict the user's classes are new.

        `model.weights` is None for those of COCO, "none" for random ones, or a file. Raises `ConfigError` for weights
        that do not exist, and `WeightsError` for those that are missing or of another model.
        """
        name, weights = request.torchvision or "", request.model.weights
        if weights == "imagenet":
            problem = f"'imagenet' is for classifiers; leave it out for the weights of {name}, or say none"
            raise request.places.error("model.weights", problem)
        source = find_weights(name, weights, request.places)
        net = _construct(name, request.outputs)
        if source.read is not None:
            _fit(net, source.read(), source.where)
            if Path(source.where).name in NO_EPSILON:
                _without_epsilon(net)
        detector = _assemble(name, net, request.outputs, f"{TORCHVISION}{name}@{source.label}")
        assert isinstance(detector.preprocess, ImagePreprocess)
        if detector.preprocess.squash and request.image_size not in (None, detector.preprocess.resize):
            problem = f"{name} takes images of {detector.preprocess.resize} pixels only: leave it out"
            raise request.places.error("data.image_size", problem)
        return replace(detector, preprocess=request.sized(detector.preprocess))

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        return dict(module.origin)

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`."""
        name, classes = saved["name"], saved["classes"]
        detector = _assemble(name, _construct(name, classes), classes, saved["source"])
        return replace(detector, preprocess=preprocess)


def _construct(name: str, classes: int) -> Any:
    """Torchvision's network; of its kinds those with a class for the background count it."""
    background = int(not name.startswith(("retinanet", "fcos")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return models.get_model(name, weights=None, weights_backbone=None, num_classes=classes + background)


def _assemble(name: str, net: Any, classes: int, source: str) -> Backbone:
    preprocess = _preprocess(net.transform)
    backbone, net.backbone = net.backbone, PrecomputedFeatures()
    # SSD's default boxes are laid out for its one size, which is not a multiple of the step
    module = TorchvisionDetector(backbone, nn.Identity(), net, step=1 if preprocess.squash else STEP)
    module.origin = {"name": name, "classes": classes}
    body = _body(backbone)
    new = [f"head.{path}" for path in predictors(net)]
    between = around(module, [*new, *(path for block in body for path in block.prefixes)])
    neck = tuple(path for path in between if path.startswith("backbone."))
    tower = tuple(path for path in between if path not in neck)
    blocks = [*body, Block("neck", neck), *([Block("tower", tower)] if tower else [])]
    family = "mobile" if "mobilenet" in name else "cnn"
    return detector_backbone(module, preprocess, blocks, new, source, family)


def _body(backbone: Any) -> list[Block]:
    """The ladder of the classifier that a detector was built on."""
    prefix = "body" if hasattr(backbone, "body") else "features"
    body = getattr(backbone, prefix)
    stages = [*body.named_children()]
    if all(isinstance(stage, nn.Sequential) for _, stage in stages) and len(stages) == 2:
        # SSDlite's backbone has two halves, whose children are the blocks.
        inner = [f"{name}.{part}" for name, stage in stages for part, _ in stage.named_children()]
        return [Block(f"features.{path}", (f"backbone.{prefix}.{path}",)) for path in inner]
    blocks = (block.under(f"backbone.{prefix}") for block in torchvision_ladder(body))
    return [
        replace(block, name=f"features.{block.name}") if block.name.isdigit() else block for block in blocks
    ]


def _preprocess(transform: Any) -> ImagePreprocess:
    shorter, longest = transform.fixed_size or (transform.min_size[-1], transform.max_size)
    return ImagePreprocess(
        resize=int(shorter),
        crop=int(shorter),
        longest=int(longest),
        mean=tuple(transform.image_mean),
        std=tuple(transform.image_std),
        squash=transform.fixed_size is not None,
    )


def _fit(net: nn.Module, state: Mapping[str, Tensor], where: str) -> None:
    """Load `state` strictly except the predictors, from files of torchvision old and new, and of ftcli runs."""
    if any(name.startswith("backbone.head.") for name in state):
        state = {name.removeprefix("backbone."): value for name, value in state.items()}
    if any(name.startswith(("head.head.", "head.rpn.")) for name in state):
        state = {name.removeprefix("head."): value for name, value in state.items()}
    new = predictors(net)
    kept = {
        name: value for name, value in strip_prefix(state, net.state_dict()).items() if not under(name, new)
    }
    fit_weights(net, _current_names(net, kept), where, new)


def _current_names(net: nn.Module, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`state` by the names of this version of torchvision: its modules know the names of its older files."""
    renamed = OrderedDict(state)
    for path, part in net.named_modules():
        part._load_from_state_dict(renamed, f"{path}." if path else "", {}, False, [], [], [])
    return renamed


def _without_epsilon(net: nn.Module) -> None:
    """Take from each variance what the norm will add, so that the sum is the variance of the file."""
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
                module.running_var.sub_(module.eps).clamp_(min=0)
