"""What holds of every detector."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Backbone, Block
from ftcli.models.detection.detector import Detected


def holders(model: Backbone) -> dict[str, list[str]]:
    """The parameters and buffers that are not in exactly one block or the head, with those blocks."""
    blocks = [*model.blocks, Block("head", model.head)]
    held = [*model.module.named_parameters(), *model.module.named_buffers()]
    found = {path: [block.name for block in blocks if block.holds(path)] for path, _ in held}
    return {path: names for path, names in found.items() if len(names) != 1}


def trained(model: Backbone, batch: dict[str, Any]) -> dict[str, Tensor]:
    """The losses of one step in training, after the gradients of their sum."""
    detected = model.module.train()(**batch)
    assert detected.detections == ()
    total = sum(detected.losses.values(), torch.zeros(()))
    total.backward()
    assert total.isfinite()
    return dict(detected.losses)


def evaluated(model: Backbone, batch: dict[str, Any], *, targets: bool = True) -> Detected:
    """Losses, if there are `targets`, and detections, without gradients."""
    inputs = batch if targets else {name: value for name, value in batch.items() if name != "targets"}
    with torch.no_grad():
        detected: Detected = model.module.eval()(**inputs)
    return detected


def check_evaluation(model: Backbone, batch: dict[str, Any], classes: int) -> None:
    """Evaluation gives the losses of training, the same each time, and boxes in each image; it changes nothing."""
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    first, noise = evaluated(model, batch), torch.rand(1)
    again, plain = evaluated(model, batch), evaluated(model, batch, targets=False)
    assert first.losses == again.losses
    assert plain.losses == {}
    assert noise != torch.rand(1)  # the random numbers outside go on
    for found, same, size in zip(first.detections, plain.detections, batch["sizes"], strict=True):
        assert torch.equal(found["boxes"], same["boxes"])
        check_boxes(found, size, classes)
    assert all(torch.equal(value, before[name]) for name, value in model.module.state_dict().items())


def check_boxes(found: Any, size: Tensor, classes: int) -> None:
    """Boxes lie in the image, labels are classes from 0, scores fall."""
    boxes, scores, labels = found["boxes"], found["scores"], found["labels"]
    assert boxes.shape == (len(scores), 4)
    assert 0 < len(labels) == len(scores) <= 100
    assert (boxes >= 0).all()
    assert (boxes <= size.flip(0).repeat(2)).all()
    assert ((labels >= 0) & (labels < classes)).all()
    assert (scores.diff() <= 0).all()
