"""What every object detector is here: one call for losses and detections, its ladder, and what its inputs look like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ftcli.contracts import Backbone, Block, ImagePreprocess

MOST_DETECTIONS = 100  # in one image, as COCO's measure counts
LEAST_SCORE = 0.01  # of a detection; average precision counts those of low scores too
PRIOR = 0.01  # of a class at the first step, where each class has a sigmoid of its own (Lin et al. 2017)

Boxes = Mapping[str, Tensor]  # `boxes` (N, 4), `labels` (N,) and, of detections, `scores` (N,)


class Detected(NamedTuple):
    """What a detector gives: see `Detector`. A tuple, so that DistributedDataParallel finds the tensors in it."""

    losses: Mapping[str, Tensor]
    detections: Sequence[Boxes]


class Detector(nn.Module):
    """Pixels to boxes with classes.

    `forward(pixels, sizes, targets=None)` takes

    - `pixels`, float32 (B, 3, H, W), normalised, each image at the top left, zeros right of and below it;
    - `sizes`, int64 (B, 2): height and width of each image in its `pixels`;
    - `targets`, for each image `boxes`, float (N, 4): x1, y1, x2, y2 in pixels, 0 <= x1 < x2 <= width and
      0 <= y1 < y2 <= height, and `labels`, int64 (N,) from 0. N may be 0.

    and gives `Detected`. In training `losses` are the named terms, each a scalar that the architecture averages over
    the batch in its own way; their sum is what to minimise, and there are no `detections`. In evaluation there are
    `detections`: for each image `boxes` like those of the targets, `scores` (N,) in [0, 1] and `labels` (N,), best
    first, at most 100; and with `targets` the losses as well. Evaluation changes no statistics, and gives the same
    figures each time though some losses are of random samples. The caller switches gradients off.
    """

    def forward(
        self, pixels: Tensor, sizes: Tensor, targets: Sequence[Boxes] | None = None
    ) -> Detected:  # pragma: no cover
        raise NotImplementedError


def detector_backbone(
    module: Detector,
    preprocess: ImagePreprocess,
    blocks: Sequence[Block],
    head: Sequence[str],
    source: str,
    family: str,
) -> Backbone:
    """A detector for the user's classes. Its head is all of its new layers, at least the one for classes."""
    return Backbone(module, preprocess, 0, tuple(blocks), source, family, form="detector", head=tuple(head))


def padded(pixels: Tensor, step: int) -> Tensor:
    """`pixels` (B, 3, H, W) with zeros right and below, so that both sides are multiples of `step`."""
    height, width = pixels.shape[-2:]
    below, right = -height % step, -width % step
    return pad(pixels, (0, right, 0, below)) if below or right else pixels


@contextmanager
def same_numbers(device: torch.device) -> Iterator[None]:
    """The same random numbers each time; the random state outside is restored."""
    kind = device.type if device.type != "cpu" else "cuda"
    devices = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(devices=devices, device_type=kind):
        torch.manual_seed(0)
        yield


def set_prior(layer: nn.Linear | nn.Conv2d, *, sigmoid: bool = True) -> None:
    """Initialise the layer that predicts classes: each is improbable at first, so that most places add little loss."""
    nn.init.normal_(layer.weight, std=0.01)
    if layer.bias is not None:
        nn.init.constant_(layer.bias, -math.log((1 - PRIOR) / PRIOR) if sigmoid else 0.0)


def around(module: nn.Module, paths: Sequence[str], prefix: str = "") -> list[str]:
    """The longest paths that cover all of `module` but what is at `paths`."""
    covered: list[str] = []
    own = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    covered += [prefix + name for name, _ in own]
    for name, child in module.named_children():
        path = prefix + name
        if path in paths or not (any(True for _ in child.parameters()) or any(True for _ in child.buffers())):
            continue
        inside = any(one.startswith(path + ".") for one in paths)
        covered += around(child, paths, path + ".") if inside else [path]
    return covered
