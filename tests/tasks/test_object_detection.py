"""Boxes on their way to the network, through its changes, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Boxes, Example, ImagePreprocess, Target
from ftcli.losses.model_loss import ModelLoss
from ftcli.models.detection.detector import Detected
from ftcli.tasks.object_detection import ObjectDetection
from tests.passes import loss_of, scored
from tests.tiny import boxes as tiny

TARGET = Target("boxes", tiny.CLASSES, (4, 4), 4)


def detection(augment: str = "none", size: int = 24, longest: int = 64, **options: Any) -> ObjectDetection:
    preprocess = ImagePreprocess(size, size, longest=longest)
    return ObjectDetection(TARGET, preprocess, ModelLoss(target=TARGET), augment=augment, **options)


def example(seed: int, *, crowd: tuple[bool, ...] = (), size: tuple[int, int] = tiny.SIZE) -> Example:
    image, found = tiny.tiles(seed)
    corners = np.array([sides for _, sides in found], dtype=np.float32)
    boxes = Boxes(tuple(name for name, _ in found), corners * (size[0] / tiny.SIZE[0]), crowd)
    return Example(str(seed), {"image": np.asarray(image.resize(size))}, boxes)


def batch(task: ObjectDetection, examples: list[Example], *, training: bool = False) -> Batch:
    return task.collate([task.encode(one) for one in examples], training=training)


class Said(nn.Module):
    """Says what it was told, and notes what it was shown."""

    def __init__(self, detections: list[dict[str, Tensor]], **losses: float) -> None:
        super().__init__()
        self.detections, self.losses = detections, losses
        self.shown: Any = None

    def forward(self, pixels: Tensor, sizes: Tensor, targets: Any = None) -> Detected:
        self.shown = targets
        return Detected({name: torch.tensor(value) for name, value in self.losses.items()}, self.detections)


def test_images_lie_at_the_top_left_of_a_canvas_of_whole_steps() -> None:
    wide = example(1, size=(96, 32))
    made = batch(detection(), [example(0), wide])
    assert made.inputs["sizes"].tolist() == [[24, 32], [21, 64]]
    pixels = made.inputs["pixels"]
    assert pixels.shape == (2, 3, 32, 64)
    assert (pixels[0, :, 24:] == 0).all()
    assert (pixels[0, :, :, 32:] == 0).all()
    assert (pixels[0, :, :24, :32] != 0).all()
    assert made.extras["original"].tolist() == [[48, 64], [32, 96]]


def test_boxes_are_where_the_network_sees_them() -> None:
    one = example(0)
    (target,) = batch(detection(), [one]).targets
    assert torch.allclose(target["boxes"], torch.tensor(one.target.corners) / 2)
    assert target["labels"].tolist() == [0, 1]
    assert target["crowd"].tolist() == [False, False]


@pytest.mark.parametrize("seed", range(8))
def test_boxes_change_as_their_image_does(seed: int) -> None:
    """The tiles of each colour are inside their box, and fill it."""
    task = detection("flip", size=96, longest=128)
    encoded = task.encode(example(seed))
    encoded = type(encoded)(encoded.id, encoded.inputs, encoded.target, seed)
    made = task.collate([encoded], training=True)
    assert made.inputs["pixels"].shape == (1, 3, 96, 128)
    (target,) = made.targets
    inputs = task._inputs.preprocess
    colours = made.inputs["pixels"][0] * torch.tensor(inputs.std)[:, None, None]
    colours += torch.tensor(inputs.mean)[:, None, None]
    for box, label in zip(target["boxes"], target["labels"], strict=True):
        left, top, right, bottom = box.round().int().tolist()
        channel = colours[2 if tiny.CLASSES[label] == "blue" else 0]
        inside = channel[top + 2 : bottom - 2, left + 2 : right - 2]
        others = colours[0 if tiny.CLASSES[label] == "blue" else 2]
        assert (inside > others[top + 2 : bottom - 2, left + 2 : right - 2] + 0.3).all()


def test_no_change_is_no_change() -> None:
    plain, training = (batch(detection(), [example(0)], training=training) for training in (False, True))
    assert torch.equal(plain.inputs["pixels"], training.inputs["pixels"])
    assert torch.equal(plain.targets[0]["boxes"], training.targets[0]["boxes"])


def test_crowds_are_not_learned_but_known_to_the_score() -> None:
    task, model = detection(), Said([], box=2.0, label=1.0)
    made = batch(task, [example(0, crowd=(True, False)), example(1)])
    loss = loss_of(task, model, made)
    assert [one["labels"].tolist() for one in model.shown] == [[1], [0, 1]]
    assert (loss.total.item(), loss.count.item()) == (6.0, 2.0)
    assert {name: value.item() for name, value in loss.parts.items()} == {"box": 4.0, "label": 2.0}


def test_perfect_boxes_have_a_perfect_score() -> None:
    task = detection()
    made = batch(task, [example(0), example(1)])
    said = [{**target, "scores": torch.ones(2)} for target in made.targets]
    metrics = task.metrics()
    loss = scored(task, Said(said, loss=3.0), made, metrics)
    assert metrics["precision"].compute()["map"] == pytest.approx(1.0)
    assert (loss.total.item() / loss.count.item(), dict(loss.parts)) == (3.0, {})
    assert [row["boxes"] for row in task.table(metrics)] == [2, 2]


def test_predictions_are_in_pixels_of_the_image_and_likely_enough() -> None:
    task = detection(threshold=0.3)
    made = batch(task, [Example("0", example(0).inputs), Example("1", example(1).inputs)])
    assert made.targets is None
    boxes = torch.tensor([[1.0, 2, 3, 4], [5, 6, 7, 8]])
    first = {"boxes": boxes, "scores": torch.tensor([0.9, 0.2]), "labels": torch.tensor([1, 0])}
    nothing = {name: value[:0] for name, value in first.items()}
    found = task.predictions(Said([first, nothing]), made)
    assert [one.rows() for one in found] == [
        [
            {
                "id": "0",
                "label": "red",
                "probability": 0.9,
                "left": 2.0,
                "top": 4.0,
                "right": 6.0,
                "bottom": 8.0,
            }
        ],
        [{"id": "1", **dict.fromkeys(("label", "probability", "left", "top", "right", "bottom"))}],
    ]
