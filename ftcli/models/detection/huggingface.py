"""Detectors of Hugging Face: DETR and its successors, YOLOS, ... from an id or a folder.

They predict a set of boxes, each matched with one target in training (Carion et al. 2020, "End-to-End Object Detection
with Transformers"), so that they need no non-maximum suppression.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.ops import box_convert, clip_boxes_to_image
from transformers import AutoModelForObjectDetection

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
    set_prior,
)
from ftcli.models.freezing.ladder import huggingface_ladder
from ftcli.models.pretrained.hub import require, resolve
from ftcli.models.pretrained.networks import (
    Kind,
    architecture,
    check_published,
    check_timm,
    load_network,
    quiet,
    read_config,
)
from ftcli.models.pretrained.preprocessing import PROCESSORS, image_settings, understood
from ftcli.models.request import Request
from ftcli.system.extras import check_extra

STEP = 32  # sides of images that are not squashed to one size are padded to a multiple of this
SHORTER, LONGER = 800, 1333  # pixels, of DETR and most others
# Types without a mask of padding: their boxes are parts of the padded image.
IGNORING_MASKS = {"yolos", "rt_detr", "rt_detr_v2", "d_fine", "deimv2"}


class HuggingFaceDetector(Detector):
    """`net` of transformers for `classes` classes. Its only loss is the sum of its own terms, weighted as it does."""

    def __init__(self, net: Any, classes: int, step: int) -> None:
        super().__init__()
        self.net = net
        self.config = net.config
        self.classes = classes
        self.step = step
        self.masks = (
            self.config.model_type not in IGNORING_MASKS
            and "pixel_mask" in inspect.signature(net.forward).parameters
        )

    def forward(self, pixels: Tensor, sizes: Tensor, targets: Sequence[Boxes] | None = None) -> Detected:
        pixels = padded(pixels, self.step)
        sizes = sizes.to(pixels.device)
        options: dict[str, Any] = {}
        whole = torch.tensor(pixels.shape[-2:], device=pixels.device).expand_as(sizes)
        if self.masks:
            options["pixel_mask"] = mask_of(pixels, sizes)
            whole = sizes
        scale = whole.flip(1).repeat(1, 2).float()  # (B, 4): width, height, width, height
        if targets is not None:
            check_matching()
            options["labels"] = [_labels(one, row) for one, row in zip(targets, scale, strict=True)]
        output = self.net(pixel_values=pixels, **options)
        losses = {} if output.loss is None else {"loss": output.loss}
        return Detected(losses, () if self.training else self._detections(output, sizes, scale))

    def _detections(self, output: Any, sizes: Tensor, scale: Tensor) -> list[dict[str, Tensor]]:
        """The boxes of highest score. With a class for no object a box has one class, else it may have several."""
        logits: Tensor = output.logits.float()
        corners = box_convert(output.pred_boxes.float(), "cxcywh", "xyxy") * scale[:, None]
        found = []
        for values, boxes, size in zip(logits, corners, sizes.tolist(), strict=True):
            if values.shape[-1] > self.classes:
                chances = values.softmax(-1)[:, : self.classes]
                chances = chances * (chances == chances.amax(-1, keepdim=True))
            else:
                chances = values.sigmoid()
            scores, places = chances.flatten().topk(min(MOST_DETECTIONS, chances.numel()))
            scores, places = scores[scores > LEAST_SCORE], places[scores > LEAST_SCORE]
            kept = clip_boxes_to_image(boxes[places // self.classes], size)
            found.append({"boxes": kept, "scores": scores, "labels": places % self.classes})
        return found


def mask_of(pixels: Tensor, sizes: Tensor) -> Tensor:
    """(B, H, W) int64: 1 on the image, 0 on its padding."""
    rows = torch.arange(pixels.shape[-2], device=pixels.device) < sizes[:, :1]
    columns = torch.arange(pixels.shape[-1], device=pixels.device) < sizes[:, 1:]
    return (rows[:, :, None] & columns[:, None, :]).long()


def _labels(target: Boxes, scale: Tensor) -> dict[str, Tensor]:
    boxes = box_convert(target["boxes"].float(), "xyxy", "cxcywh") / scale
    return {"class_labels": target["labels"].long(), "boxes": boxes}


# ------------------------------------------------------------------------------------------------------- loading


def is_huggingface_detector(name: str) -> bool:
    """Whether the folder or id is a detector, by its configuration. Raises `WeightsError` if there is none."""
    with quiet():
        return KIND.knows(read_config(resolve(name, weights=False)))


def check_matching() -> None:
    """Raise `InstallationError` without SciPy, by which transformers matches boxes with objects for its losses."""
    check_extra("scipy", "detr", "the loss of a detector of transformers")


class HuggingFaceDetectorLoader:
    """The `BackboneLoader` of transformers' detectors."""

    def load(self, request: Request) -> Backbone:
        """The detector that the request names; the layers that predict the user's classes are new.

        `model.weights` is None for its own, "none" for random ones, else a file, or another id or folder. Raises
        `WeightsError` for what is missing or does not fit, and `ModelError` for one that cannot be built here.
        """
        name, weights = request.model.backbone, request.model.weights
        check_matching()
        check_published(request)
        folder = resolve(name, weights=weights is None)
        with quiet():
            config = read_config(folder)
            if getattr(getattr(config, "backbone_config", None), "model_type", "") == "timm_backbone":
                check_timm(name, "stands on a network")
            config.num_labels = request.outputs
            net = load_network(config, KIND, folder, weights)
            preprocess = detector_preprocess(folder, required=weights != "none")
        return _assemble(net, request.sized(preprocess), request.source)

    def save(self, backbone: Backbone, folder: Path) -> Mapping[str, Any]:
        """See `BackboneLoader.save`."""
        module: Any = backbone.module
        module.config.save_pretrained(folder)
        return {}

    def rebuild(self, folder: Path, saved: Mapping[str, Any], preprocess: ImagePreprocess | None) -> Backbone:
        """See `BackboneLoader.rebuild`. The configuration says how many classes there are."""
        assert preprocess is not None
        with quiet():
            return _assemble(architecture(read_config(folder), KIND), preprocess, saved["source"])


def _assemble(net: Any, preprocess: ImagePreprocess, source: str) -> Backbone:
    """A detector from its parts."""
    module = HuggingFaceDetector(net, net.config.num_labels, 1 if preprocess.squash else STEP)
    head = predictors(net)
    blocks = [block.under("net") for block in _ladder(net, head)]
    return detector_backbone(module, preprocess, blocks, [f"net.{path}" for path in head], source, "detr")


def _with_new_classes(net: nn.Module, config: Any) -> nn.Module:
    """The network with new layers for the classes."""
    for path in predictors(net):
        layer = net.get_submodule(path)
        if isinstance(layer, nn.Linear):
            set_prior(layer, sigmoid=layer.out_features == config.num_labels)
    return net.float()


def predictors(net: nn.Module) -> list[str]:
    """The paths of the layers whose shape depends on the number of classes."""
    config: Any = deepcopy(net.config)
    config.num_labels += 1
    with quiet(), torch.device("meta"):
        other = KIND.model_class(config)(config).state_dict()
    ours = net.state_dict()
    return list({name.rpartition(".")[0]: None for name in ours if ours[name].shape != other[name].shape})


def _ladder(net: Any, new: Sequence[str]) -> list[Block]:
    """The blocks of the image network, of what is between it and the decoder, and of the decoder."""
    # Older releases of transformers name a prefix that some networks do not have.
    base = net.base_model_prefix if hasattr(net, net.base_model_prefix) else "model"
    inner = f"{base}.backbone" if hasattr(net.get_submodule(base), "backbone") else base
    body = [block.under(inner) for block in huggingface_ladder(net.get_submodule(inner))]
    between = around(net, [inner, *new])
    decoder = tuple(
        path for path in between if path.startswith(f"{base}.decoder") or not path.startswith(base + ".")
    )
    neck = tuple(path for path in between if path not in decoder)
    parts = {"encoder": neck, "decoder": decoder}
    return [*body, *(Block(name, paths) for name, paths in parts.items() if paths)]


def detector_preprocess(folder: Path, *, required: bool) -> ImagePreprocess:
    """The pipeline in the folder's `preprocessor_config.json`; DETR's if that is not `required`.

    Raises `WeightsError` if it is missing.
    """
    if not required and not any((folder / name).is_file() for name in PROCESSORS):
        return ImagePreprocess(SHORTER, SHORTER, longest=LONGER)
    return understood(require(folder, *PROCESSORS), detector_settings)


def detector_settings(settings: Mapping[str, Any]) -> ImagePreprocess:
    """The pipeline for the settings of a transformers image processor of a detector.

    The whole of an image is resized to a square where it would be to another fixed shape.
    """
    base = image_settings(settings)
    size = settings.get("size", SHORTER)
    if isinstance(size, Mapping) and "height" in size:
        shorter, longer, squash = size["height"], size["height"], True
    elif isinstance(size, Mapping):
        longer = size.get("longest_edge") or LONGER
        shorter, squash = size.get("shortest_edge") or longer, False
    else:  # as published before sizes had names
        shorter, longer, squash = size, settings.get("max_size") or LONGER, False
    return replace(base, resize=int(shorter), crop=int(shorter), longest=int(longer), squash=squash)


KIND = Kind(AutoModelForObjectDetection, usable=_with_new_classes, new=predictors)
