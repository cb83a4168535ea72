"""Detectors of torchvision for one image, as functions of tensors alone: its own ones decide by the values of these.

They use the trained parts of a detector and its settings, and give the boxes (N, 4), scores (N,) and labels (N,)
that it gives, best first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.models.detection.fcos import FCOS
from torchvision.models.detection.retinanet import RetinaNet
from torchvision.models.detection.ssd import SSD
from torchvision.ops import nms, roi_align

Detections = tuple[Tensor, Tensor, Tensor]
Maps = Mapping[str, Tensor]
Sides = Sequence[int]

LEAST_SIDE = 1e-2  # pixels of a box of Faster R-CNN


class OneImage(nn.Module):
    """Pixels (1, 3, H, W) and `sizes` (1, 2), as `Detector` takes them, to `boxes`, `scores` and `labels`."""

    def __init__(self, net: Any) -> None:
        super().__init__()
        self.net = net
        kind = type(net.head)
        self._detect: Callable[..., Detections] = DETECT[kind]

    def forward(self, pixels: Tensor, sizes: Tensor) -> dict[str, Tensor]:
        """See the class."""
        net = self.net
        maps = {name: value.float() for name, value in net.maps(pixels).items()}
        boxes, scores, labels = self._detect(net.head, maps, pixels.shape[-2:], sizes[0])
        return {"boxes": boxes, "labels": labels - net.background, "scores": scores}


def _faster_rcnn(head: Any, maps: Maps, canvas: Sides, size: Tensor) -> Detections:
    """Regions that may hold an object, and what each of them holds."""
    boxes = _proposals(head.rpn, list(maps.values()), canvas, size)
    parts = head.roi_heads
    logits, moves = parts.box_predictor(parts.box_head(_pooled(parts.box_roi_pool, maps, boxes)))
    classes = logits.shape[-1]
    found = parts.box_coder.decode_single(moves, boxes).reshape(-1, classes, 4)[:, 1:].reshape(-1, 4)
    scores = logits.softmax(-1)[:, 1:].reshape(-1)
    labels = torch.arange(1, classes).expand(boxes.shape[0], classes - 1).reshape(-1)
    found, scores, labels = _chosen((_clipped(found, size), scores, labels), scores > parts.score_thresh)
    found, scores, labels = _chosen((found, scores, labels), _large(found, LEAST_SIDE))
    return _best((found, scores, labels), parts)


def _proposals(rpn: Any, maps: Sequence[Tensor], canvas: Sides, size: Tensor) -> Tensor:
    """The regions (N, 4) that the first stage finds."""
    found = []
    anchors = _anchors(rpn.anchor_generator, maps, canvas)
    for logits, deltas, places in zip(*rpn.head(list(maps)), anchors, strict=True):
        scores, best = _likeliest(logits[0].permute(1, 2, 0).reshape(-1), rpn.pre_nms_top_n())
        moves = deltas[0].reshape(logits.shape[1], 4, *deltas.shape[-2:]).permute(2, 3, 0, 1).reshape(-1, 4)
        boxes = _clipped(rpn.box_coder.decode_single(moves[best], places[best]), size)
        boxes, scores = _chosen((boxes, scores.sigmoid()), _large(boxes, rpn.min_size))
        kept = nms(boxes, scores, rpn.nms_thresh)
        found.append((boxes[kept], scores[kept]))
    boxes, scores = (torch.cat(one) for one in zip(*found, strict=True))
    return boxes[scores.argsort(descending=True)[: rpn.post_nms_top_n()]]


def _pooled(pool: Any, maps: Maps, boxes: Tensor) -> Tensor:
    """The features (N, C, side, side) of regions, each from the map of its size."""
    levels = pool.map_levels([boxes])
    regions = torch.cat((boxes.new_zeros(boxes.shape[0], 1), boxes), dim=1)
    chosen = [maps[name] for name in pool.featmap_names if name in maps]
    made = boxes.new_zeros(boxes.shape[0], chosen[0].shape[1], *pool.output_size)
    for level, (values, scale) in enumerate(zip(chosen, pool.scales, strict=True)):
        at = torch.where(levels == level)[0]
        part = roi_align(values, regions[at], pool.output_size, scale, pool.sampling_ratio)
        made = made.index_put((at,), part)
    return made


def _one_stage(head: Any, maps: Maps, canvas: Sides, size: Tensor) -> Detections:
    """RetinaNet and FCOS: classes and boxes at each place."""
    values = list(maps.values())
    made, anchors = head.head(values), _anchors(head.anchor_generator, values, canvas)
    chances = made["cls_logits"][0].sigmoid()
    if "bbox_ctrness" in made:
        chances = (chances * made["bbox_ctrness"][0].sigmoid()).sqrt()
    decode = getattr(head.box_coder, "decode_single", head.box_coder.decode)
    counts, classes, found = [one.shape[0] for one in anchors], chances.shape[1], []
    levels = zip(chances.split(counts), made["bbox_regression"][0].split(counts), anchors, strict=True)
    for all_scores, moves, places in levels:
        scores, best = _likeliest(all_scores.reshape(-1), head.topk_candidates)
        scores, best = _chosen((scores, best), scores > head.score_thresh)
        at = best // classes
        found.append((_clipped(decode(moves[at], places[at]), size), scores, best % classes))
    return _best(_joined(found), head)


def _ssd(head: Any, maps: Maps, canvas: Sides, size: Tensor) -> Detections:
    """Boxes at each place, and the likeliest of each class."""
    values = list(maps.values())
    made = head.head(values)
    anchors = _default_boxes(head.anchor_generator, values, canvas)
    boxes = _clipped(head.box_coder.decode_single(made["bbox_regression"][0], anchors), size)
    chances, found = made["cls_logits"][0].softmax(-1), []
    for label in range(1, chances.shape[1]):
        scores, best = _likeliest(chances[:, label], head.topk_candidates)
        scores, best = _chosen((scores, best), scores > head.score_thresh)
        found.append((boxes[best], scores, torch.full_like(best, label)))
    return _best(_joined(found), head)


def _anchors(generator: Any, maps: Sequence[Tensor], canvas: Sides) -> list[Tensor]:
    """Of each map the anchors (places x shapes, 4)."""
    found = []
    for values, shapes in zip(maps, generator.cell_anchors, strict=True):
        height, width = values.shape[-2:]
        down, across = (
            torch.arange(count) * (side // count) for count, side in zip((height, width), canvas, strict=True)
        )
        rows, columns = torch.meshgrid(down, across, indexing="ij")
        shifts = torch.stack((columns, rows, columns, rows), dim=2).reshape(-1, 1, 4)
        found.append((shifts + shapes[None]).reshape(-1, 4))
    return found


def _default_boxes(generator: Any, maps: Sequence[Tensor], canvas: Sides) -> Tensor:
    """Those of SSD: their sizes are parts of the canvas."""
    found = []
    for level, values in enumerate(maps):
        steps = [one / generator.steps[level] for one in canvas] if generator.steps else values.shape[-2:]
        down, across = (
            (torch.arange(count) + 0.5) / step for count, step in zip(values.shape[-2:], steps, strict=True)
        )
        rows, columns = torch.meshgrid(down, across, indexing="ij")
        centres = torch.stack((columns, rows), dim=2).reshape(-1, 1, 2)
        sizes = generator._wh_pairs[level]
        halves = 0.5 * (sizes.clamp(0, 1) if generator.clip else sizes)[None]
        found.append(torch.cat((centres - halves, centres + halves), dim=2).reshape(-1, 4))
    height, width = canvas
    return torch.cat([one * torch.tensor([width, height, width, height]) for one in found])


def _likeliest(scores: Tensor, most: int) -> tuple[Tensor, Tensor]:
    """The highest scores and their places, at most so many."""
    return cast("tuple[Tensor, Tensor]", scores.topk(torch.sym_min(most, scores.shape[0])))


def _chosen(values: tuple[Tensor, ...], which: Tensor) -> Any:
    """Of each of the values the rows for which `which` is true."""
    rows = torch.where(which)[0]
    return tuple(one[rows] for one in values)


def _large(boxes: Tensor, side: float) -> Tensor:
    return ((boxes[:, 2] - boxes[:, 0]) >= side) & ((boxes[:, 3] - boxes[:, 1]) >= side)


def _clipped(boxes: Tensor, size: Tensor) -> Tensor:
    """Boxes within an image of that height and width."""
    return torch.minimum(boxes.clamp(min=0), size.flip(0).repeat(2).to(boxes.dtype))


def _joined(found: Sequence[Detections]) -> Detections:
    boxes, scores, labels = (torch.cat(one) for one in zip(*found, strict=True))
    return boxes, scores, labels


def _best(found: Detections, settings: Any) -> Detections:
    """Those that no better one of the same class overlaps much, the best first."""
    boxes, scores, labels = found
    # Boxes of different classes are put where they cannot overlap.
    apart = labels.to(boxes.dtype) * (boxes.max() + 1)
    kept = nms(boxes + apart[:, None], scores, settings.nms_thresh)[: settings.detections_per_img]
    return boxes[kept], scores[kept], labels[kept]


DETECT: Mapping[type, Callable[..., Detections]] = {
    FasterRCNN: _faster_rcnn,
    RetinaNet: _one_stage,
    FCOS: _one_stage,
    SSD: _ssd,
}
