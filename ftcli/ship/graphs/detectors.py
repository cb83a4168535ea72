"""Detectors as graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import box_convert

from ftcli.models.detection.detector import LEAST_SCORE, MOST_DETECTIONS
from ftcli.models.detection.huggingface import HuggingFaceDetector, mask_of
from ftcli.models.detection.torchvision_network import TorchvisionDetector
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.graphs.graph import WHOLE, Part
from ftcli.ship.graphs.inputs import raw_input
from ftcli.ship.graphs.regions import OneImage

GIVEN = ("boxes", "labels", "scores")
ONE_BY_ONE = "the network takes one image at a time, and predict.py gives it one after another"


class DetectorGraph:
    """One image to the boxes in it, of which there is any number. The `Graph` of detectors."""

    notes = (ONE_BY_ONE,)

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._task: Any = predictor.task
        self._input = raw_input(predictor)
        self.needs = self._input.needs
        self.sections = (
            "settings",
            *self._input.sections,
            "detectors.canvas",
            "detectors.boxes",
            "writers.arguments",
        )

    def parts(self) -> Sequence[Part]:
        """The whole network; the sides of the canvas differ, unless images are squashed to one size."""
        # Of two images one, on a canvas of their sides, which is that of neither.
        given = self._predictor.batch([*self._task.samples()]).part(1, 2)
        # The first pass lets a detector choose the scales of its maps.
        self._predictor.outputs(given)
        net: Any = self._predictor.model.backbone
        sides = {} if self._task.reader.preprocess.squash else {2: "height", 3: "width"}
        return [Part(WHOLE, ONE_IMAGE[type(net)](net), given.inputs, {"pixels": sides}, GIVEN)]

    def settings(self, folder: Path) -> Mapping[str, Any]:
        """See `Graph.settings`."""
        return {
            "input": "image",
            "image": self._input.settings(folder),
            "classes": list(self._predictor.target.classes),
            "threshold": self._task.threshold,
        }


class OneImageOfSet(nn.Module):
    """Pixels (1, 3, H, W) and `sizes` (1, 2) through a `HuggingFaceDetector`, in tensors alone."""

    def __init__(self, net: HuggingFaceDetector) -> None:
        super().__init__()
        self.net = net.net
        self.masks, self.classes = net.masks, net.classes

    def forward(self, pixels: Tensor, sizes: Tensor) -> dict[str, Tensor]:
        """See the class: `boxes` (N, 4), `labels` and `scores` (N,), the best first."""
        options = {"pixel_mask": mask_of(pixels, sizes)} if self.masks else {}
        output = self.net(pixel_values=pixels, **options)
        height, width = sizes[0].float()
        limits = torch.stack([width, height, width, height])
        # Sides as they are: a tensor of them would be of those of the example.
        down, across = (height, width) if self.masks else pixels.shape[-2:]
        corners = box_convert(output.pred_boxes[0].float(), "cxcywh", "xyxy").unbind(1)
        scaled = zip(corners, (across, down, across, down), strict=True)
        boxes = torch.stack([place * side for place, side in scaled], dim=1)
        chances = self._chances(output.logits[0].float())
        scores, places = chances.flatten().topk(min(MOST_DETECTIONS, chances.numel()))
        kept = torch.where(scores > LEAST_SCORE)[0]
        found, places = boxes[places[kept] // self.classes], places[kept]
        return {
            "boxes": torch.minimum(found.clamp(min=0), limits),
            "labels": places % self.classes,
            "scores": scores[kept],
        }

    def _chances(self, logits: Tensor) -> Tensor:
        """Of each class (places, classes): with a class for no object a box has one class, else several."""
        if logits.shape[-1] == self.classes:
            return logits.sigmoid()
        chances = logits.softmax(-1)[:, : self.classes]
        return chances * (chances == chances.amax(-1, keepdim=True))


# By the class of the network.
ONE_IMAGE: Mapping[type, type[nn.Module]] = {
    TorchvisionDetector: OneImage,
    HuggingFaceDetector: OneImageOfSet,
}
