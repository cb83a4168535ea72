"""Torchvision's detectors as a `Detector`: whole ones with their weights, and their heads on any features.

Of Faster R-CNN, RetinaNet, FCOS and SSD the losses, anchors and non-maximum suppression are torchvision's own. What
is left out is its transform (images come resized and normalised), and what is added is an evaluation with a loss.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map
from torchvision import models
from torchvision.models import detection
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.models.detection.fcos import FCOS
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNet
from torchvision.models.detection.ssd import SSD

from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.models.detection.detector import (
    LEAST_SCORE,
    MOST_DETECTIONS,
    Boxes,
    Detected,
    Detector,
    around,
    detector_backbone,
    padded,
    same_numbers,
    wished,
)
from ftcli.models.freezing.ladder import torchvision_ladder
from ftcli.models.pretrained.torchvision_weights import find_weights
from ftcli.models.pretrained.weights import misfit, strip_prefix
from ftcli.models.request import Request

STEP = 32  # every side is padded to a multiple of this
OTHER_OUTPUTS = ("keypointrcnn", "maskrcnn")  # detectors of more than boxes
# Published files made with norms that add nothing to the variance: torchvision then sets their eps to 0.
NO_EPSILON = ("fasterrcnn_resnet50_fpn_coco-258fb6c6.pth", "retinanet_resnet50_fpn_coco-eeacb38b.pth")


class _Images(ImageList):  # type: ignore[misc]
    """A batch as torchvision's detectors hand it to their parts; they also ask for each image."""

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.tensors)


class _Prepared(nn.Module):
    """In the place of torchvision's transform: images are resized and normalised, and stay so."""

    def forward(self, images: _Images, targets: Any = None) -> tuple[_Images, Any]:
        return images, targets

    def postprocess(self, result: Any, *sizes: Any) -> Any:
        return result


class Given(nn.Module):
    """In the place of torchvision's backbone: features that are there already."""

    def __init__(self, out_channels: int | Sequence[int] = 0) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.features: Mapping[str, Tensor] = {}

    def forward(self, pixels: Tensor) -> Mapping[str, Tensor]:
        return self.features


class TorchvisionDetector(Detector):
    """Children: `backbone`, `neck` (what makes a pyramid of its maps, or nothing) and `head`.

    `head` is one of torchvision's detectors with `Given` features. `extract(pixels)` are the maps of the backbone by
    name; left out, the backbone gives them itself.
    """

    def __init__(
        self,
        backbone: nn.Module,
        neck: nn.Module,
        head: nn.Module,
        extract: Callable[[Tensor], Mapping[str, Tensor]] | None = None,
        step: int = STEP,
    ) -> None:
        super().__init__()
        self.backbone = backbone
        self.neck = neck
        self.head = head
        self.step = step
        self._extract = extract
        self.origin: Mapping[str, Any] = {}  # what the architecture is made from, as JSON would hold it
        self.background = int(isinstance(head, FasterRCNN | SSD))  # its class is 0, and ours come after it
        head.transform = _Prepared()
        _keep_all(head)
        for part in _heads(head):
            part.register_forward_hook(_in_full)

    def forward(self, pixels: Tensor, sizes: Tensor, targets: Sequence[Boxes] | None = None) -> Detected:
        pixels = padded(pixels, self.step)
        images = _Images(pixels, [(int(height), int(width)) for height, width in sizes.tolist()])
        maps = self.neck((self._extract or self.backbone)(pixels))
        # Anchors take the precision of the features, and bfloat16 has no odd numbers above 256.
        features = {name: value.float() for name, value in maps.items()}
        if self.training:
            return Detected(self._losses(images, features, targets), ())
        detections = [self._ours(found) for found in self._run(images, features)]
        if targets is None:
            return Detected({}, detections)
        with same_numbers(pixels.device), _sampling(self.head):
            return Detected(self._losses(images, features, targets), detections)

    def _losses(
        self, images: _Images, features: Mapping[str, Tensor], targets: Sequence[Boxes] | None
    ) -> dict[str, Tensor]:
        theirs = [
            {"boxes": one["boxes"].float(), "labels": one["labels"].long() + self.background}
            for one in targets or ()
        ]
        return dict(self._run(images, features, theirs))

    def _run(self, images: _Images, features: Mapping[str, Tensor], targets: Any = None) -> Any:
        given: Any = self.head.backbone
        given.features = features
        try:
            return self.head(images, targets)
        finally:
            given.features = {}  # not held until the next batch

    def _ours(self, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {**found, "labels": found["labels"] - self.background}


def _heads(head: Any) -> list[nn.Module]:
    """The modules whose outputs are boxes and classes."""
    return [head.rpn.head, head.roi_heads.box_predictor] if isinstance(head, FasterRCNN) else [head.head]


def _keep_all(head: nn.Module) -> None:
    """The same number and least score of detections for all kinds; what to show is the caller's to choose."""
    part: Any = head.roi_heads if isinstance(head, FasterRCNN) else head
    part.score_thresh = LEAST_SCORE
    part.detections_per_img = MOST_DETECTIONS


def _in_full(module: nn.Module, inputs: Any, outputs: Any) -> Any:
    """A forward hook: boxes and losses are computed in float32 also where layers are not."""
    return tree_map(lambda value: value.float() if isinstance(value, Tensor) else value, outputs)


@contextmanager
def _sampling(head: nn.Module) -> Iterator[None]:
    """Losses instead of detections, while every layer stays in evaluation."""
    parts = [head, *(getattr(head, name) for name in ("rpn", "roi_heads") if hasattr(head, name))]
    for part in parts:
        part.training = True
    try:
        yield
    finally:
        for part in parts:
            part.training = False


# ------------------------------------------------------------------------------------------------ whole detectors


def detector_names() -> list[str]:
    """The detectors of boxes that the installed torchvision has."""
    return [name for name in models.list_models(module=detection) if not name.startswith(OTHER_OUTPUTS)]


def load_torchvision_detector(name: str, request: Request) -> Backbone:
    """The detector `torchvision/NAME` for as many classes as there are outputs, with all of its weights but for those.

    `model.weights` is None for those of COCO, "none" for random ones, or a file. Raises `ConfigError` for weights that
    do not exist, and `WeightsError` for those that are missing or of another model.
    """
    weights = request.model.weights
    if weights == "imagenet":
        problem = f"'imagenet' is for classifiers; leave it out for the weights of {name}, or say none"
        raise request.places.error("model.weights", problem)
    source = find_weights(name, weights, request.places)
    net = _construct(name, request.outputs)
    if source.read is not None:
        _fit(net, source.read(), source.where)
        if Path(source.where).name in NO_EPSILON:
            _without_epsilon(net)
    detector = _assemble(name, net, request.outputs, f"torchvision/{name}@{source.label}")
    assert isinstance(detector.preprocess, ImagePreprocess)
    if detector.preprocess.squash and request.image_size not in (None, detector.preprocess.resize):
        problem = f"{name} takes images of {detector.preprocess.resize} pixels only: leave it out"
        raise request.places.error("data.image_size", problem)
    return replace(detector, preprocess=wished(detector.preprocess, request))


def build_torchvision_detector(name: str, classes: int, source: str) -> Backbone:
    """The architecture with random weights, for the caller to replace."""
    return _assemble(name, _construct(name, classes), classes, source)


def _construct(name: str, classes: int) -> Any:
    """Torchvision's network; of its kinds those with a class for the background count it."""
    background = int(not name.startswith(("retinanet", "fcos")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return models.get_model(name, weights=None, weights_backbone=None, num_classes=classes + background)


def _assemble(name: str, net: Any, classes: int, source: str) -> Backbone:
    preprocess = _preprocess(net.transform)
    backbone, net.backbone = net.backbone, Given()
    # SSD's default boxes are laid out for its one size, which is no multiple of the step
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
    if (
        all(isinstance(stage, nn.Sequential) for _, stage in stages) and len(stages) == 2
    ):  # SSDlite has halves
        inner = [f"{name}.{part}" for name, stage in stages for part, _ in stage.named_children()]
        return [Block(f"features.{path}", (f"backbone.{prefix}.{path}",)) for path in inner]
    return [
        Block(
            f"features.{block.name}" if block.name.isdigit() else block.name,
            tuple(f"backbone.{prefix}.{path}" for path in block.prefixes),
        )
        for block in torchvision_ladder(body)
    ]


def predictors(net: nn.Module) -> list[str]:
    """The paths of the layers that tell classes; those of Faster R-CNN tell each class's boxes too."""
    if isinstance(net, FasterRCNN):
        return ["roi_heads.box_predictor"]
    if isinstance(net, RetinaNet | FCOS):
        return ["head.classification_head.cls_logits"]
    path = "head.classification_head.module_list"
    levels = net.get_submodule(path).named_children()
    return [
        f"{path}.{name}" if isinstance(level, nn.Conv2d) else f"{path}.{name}.1" for name, level in levels
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
    """Load `state` strictly but for the predictors, of files of torchvision old and new, and of runs of ours.

    Torchvision's modules know the names that they had in its older files, so that the loading is theirs.
    """
    if any(name.startswith("backbone.head.") for name in state):
        state = {name.removeprefix("backbone."): value for name, value in state.items()}
    if any(name.startswith(("head.head.", "head.rpn.")) for name in state):
        state = {name.removeprefix("head."): value for name, value in state.items()}
    ours = net.state_dict()
    new = [path + "." for path in predictors(net)]
    fitting = {
        name: value for name, value in strip_prefix(state, ours).items() if not name.startswith(tuple(new))
    }
    misshapen = [
        f"{name} {tuple(value.shape)} instead of {tuple(ours[name].shape)}"
        for name, value in fitting.items()
        if name in ours and value.shape != ours[name].shape
    ]
    for line in misshapen:
        del fitting[line.partition(" ")[0]]
    missing, unexpected = net.load_state_dict(fitting, strict=False)
    gone = [line.partition(" ")[0] for line in misshapen]
    missing = [name for name in missing if not name.startswith(tuple(new)) and name not in gone]
    if missing or unexpected or misshapen:
        raise misfit(where, missing, unexpected, misshapen)


def _without_epsilon(net: nn.Module) -> None:
    """Take from each variance what the norm will add, so that the sum is the variance of the file."""
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
                module.running_var.sub_(module.eps).clamp_(min=0)
