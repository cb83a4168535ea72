"""Torchvision's detectors as a `Detector`: their heads on the features of any backbone.

Of Faster R-CNN, RetinaNet, FCOS and SSD the losses, anchors and non-maximum suppression are torchvision's own. What
is left out is its transform (images come resized and normalised), and what is added is an evaluation with a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.utils._pytree import tree_map
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.models.detection.fcos import FCOS
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import RetinaNet
from torchvision.models.detection.ssd import SSD

from ftcli.models.detection.detector import (
    LEAST_SCORE,
    MOST_DETECTIONS,
    Boxes,
    Detected,
    Detector,
    padded,
    same_numbers,
)

STEP = 32  # every side is padded to a multiple of this


class _Images(ImageList):  # type: ignore[misc]
    """A batch as torchvision's detectors hand it to their parts; they also ask for each image."""

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self.tensors)


class _NoTransform(nn.Module):
    """In the place of torchvision's transform: images are resized and normalised already."""

    def forward(self, images: _Images, targets: Any = None) -> tuple[_Images, Any]:
        return images, targets

    def postprocess(self, result: Any, *sizes: Any) -> Any:
        return result


class PrecomputedFeatures(nn.Module):
    """In the place of torchvision's backbone: features that were computed before."""

    def __init__(self, out_channels: int | Sequence[int] = 0) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.features: Mapping[str, Tensor] = {}

    def forward(self, pixels: Tensor) -> Mapping[str, Tensor]:
        return self.features


class TorchvisionDetector(Detector):
    """Children: `backbone`, `neck` (makes a pyramid of its maps, or an identity) and `head`.

    `head` is one of torchvision's detectors, whose backbone is `PrecomputedFeatures`. `extract(pixels)` gives the maps
    of the backbone by name; without it the backbone itself gives them.
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
        self.background = int(
            isinstance(head, FasterRCNN | SSD)
        )  # its class is 0, the classes of the task come after it
        head.transform = _NoTransform()
        _keep_low_scores(head)
        for part in _heads(head):
            part.register_forward_hook(_to_float32)

    def forward(self, pixels: Tensor, sizes: Tensor, targets: Sequence[Boxes] | None = None) -> Detected:
        pixels = padded(pixels, self.step)
        images = _Images(pixels, [(int(height), int(width)) for height, width in sizes.tolist()])
        maps = self.maps(pixels)
        # Anchors take the precision of the features, and bfloat16 has no odd numbers above 256.
        features = {name: value.float() for name, value in maps.items()}
        if self.training:
            return Detected(self._losses(images, features, targets), ())
        detections = [self._from_class_0(found) for found in self._run(images, features)]
        if targets is None:
            return Detected({}, detections)
        with same_numbers(pixels.device), _losses_in_evaluation(self.head):
            return Detected(self._losses(images, features, targets), detections)

    def maps(self, pixels: Tensor) -> Mapping[str, Tensor]:
        """The features that the head takes, by the name of their level."""
        found: Mapping[str, Tensor] = self.neck((self._extract or self.backbone)(pixels))
        return found

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

    def _from_class_0(self, found: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {**found, "labels": found["labels"] - self.background}


def _heads(head: Any) -> list[nn.Module]:
    """The modules whose outputs are boxes and classes."""
    return [head.rpn.head, head.roi_heads.box_predictor] if isinstance(head, FasterRCNN) else [head.head]


def _keep_low_scores(head: nn.Module) -> None:
    """The same number and least score of detections for all kinds; what to show is the caller's to choose."""
    part: Any = head.roi_heads if isinstance(head, FasterRCNN) else head
    part.score_thresh = LEAST_SCORE
    part.detections_per_img = MOST_DETECTIONS


def _to_float32(module: nn.Module, inputs: Any, outputs: Any) -> Any:
    """A forward hook: boxes and losses are computed in float32 also where layers are not."""
    return tree_map(lambda value: value.float() if isinstance(value, Tensor) else value, outputs)


@contextmanager
def _losses_in_evaluation(head: nn.Module) -> Iterator[None]:
    """Losses instead of detections, while every layer stays in evaluation."""
    parts = [head, *(getattr(head, name) for name in ("rpn", "roi_heads") if hasattr(head, name))]
    for part in parts:
        part.training = True
    try:
        yield
    finally:
        for part in parts:
            part.training = False


def predictors(net: nn.Module) -> list[str]:
    """The paths of the layers that predict classes; those of Faster R-CNN predict the boxes of each class, too."""
    if isinstance(net, FasterRCNN):
        return ["roi_heads.box_predictor"]
    if isinstance(net, RetinaNet | FCOS):
        return ["head.classification_head.cls_logits"]
    path = "head.classification_head.module_list"
    levels = net.get_submodule(path).named_children()
    return [
        f"{path}.{name}" if isinstance(level, nn.Conv2d) else f"{path}.{name}.1" for name, level in levels
    ]
