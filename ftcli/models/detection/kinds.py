"""The kinds of detectors that are put on maps of features: torchvision's own, for maps of any width.

This file needs nothing of ftcli: an exported detector has a copy of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.fcos import FCOS, FCOSClassificationHead, FCOSHead, FCOSRegressionHead
from torchvision.models.detection.retinanet import RetinaNet, RetinaNetHead
from torchvision.models.detection.ssd import SSD
from torchvision.ops import MultiScaleRoIAlign

GROUP = 8  # channels that the towers normalise together, as FCOS does; the width is a multiple of it
SHORTER = 320  # pixels
RATIOS = (0.5, 1.0, 2.0)  # height to width
OCTAVES = (1.0, 2 ** (1 / 3), 2 ** (2 / 3))
REPRESENTATION = 512  # numbers that Faster R-CNN makes of a region


def _fcos(given: nn.Module, strides: list[int], classes: int, width: int) -> Any:
    """Tian et al. 2019; sizes are those that a place is responsible for, not of anchors."""
    anchors = AnchorGenerator(tuple((stride,) for stride in strides), ((1.0,),) * len(strides))
    head = FCOSHead(width, 1, classes, num_convs=0)  # its towers, below, would have 32 groups at any width
    norm = partial(nn.GroupNorm, width // GROUP)
    head.classification_head = FCOSClassificationHead(width, 1, classes, norm_layer=norm)
    head.regression_head = FCOSRegressionHead(width, 1, norm_layer=norm)
    return FCOS(given, classes, anchor_generator=anchors, head=head)


def _retinanet(given: nn.Module, strides: list[int], classes: int, width: int) -> Any:
    """Lin et al. 2017, with group norms in the towers."""
    sizes = tuple(tuple(round(4 * stride * octave) for octave in OCTAVES) for stride in strides)
    anchors = AnchorGenerator(sizes, (RATIOS,) * len(sizes))
    head = RetinaNetHead(width, len(OCTAVES) * len(RATIOS), classes, partial(nn.GroupNorm, width // GROUP))
    return RetinaNet(given, classes, anchor_generator=anchors, head=head)


def _faster_rcnn(given: nn.Module, strides: list[int], classes: int, width: int) -> Any:
    """Ren et al. 2015; anchors of one size at each level, and regions pooled from the three finest."""
    anchors = AnchorGenerator(tuple((4 * stride,) for stride in strides), (RATIOS,) * len(strides))
    pool = MultiScaleRoIAlign(["0", "1", "2"], output_size=7, sampling_ratio=2)
    return FasterRCNN(
        given,
        rpn_anchor_generator=anchors,
        rpn_pre_nms_top_n_train=1000,
        rpn_post_nms_top_n_train=500,
        rpn_pre_nms_top_n_test=500,
        rpn_post_nms_top_n_test=300,
        box_roi_pool=pool,
        box_head=TwoMLPHead(width * 49, REPRESENTATION),
        box_predictor=FastRCNNPredictor(REPRESENTATION, classes + 1),
        box_batch_size_per_image=128,
    )


def _ssd(given: nn.Module, strides: list[int], classes: int, width: int) -> Any:
    """Liu et al. 2016; default boxes are parts of the image, so that their shapes follow its own."""
    boxes = DefaultBoxGenerator([[2]] * len(strides), min_ratio=0.08, max_ratio=0.9)
    given.out_channels = [width] * len(strides)  # type: ignore[assignment]
    return SSD(given, boxes, (SHORTER, SHORTER), classes + 1)


KINDS: dict[str, Callable[[nn.Module, list[int], int, int], Any]] = {
    "faster-rcnn": _faster_rcnn,
    "fcos": _fcos,
    "retinanet": _retinanet,
    "ssd": _ssd,
}
