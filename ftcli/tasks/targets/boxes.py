"""Boxes as targets and predictions: objects with their class and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch import Tensor

from ftcli.contracts import Boxes, Example, ExampleScores, Metric, Outcomes, Prediction, Target
from ftcli.contracts.outcomes import joined
from ftcli.media.drawing import LabelledBox, colour, with_boxes
from ftcli.media.images import decode
from ftcli.metrics.average_precision import MeanAveragePrecision
from ftcli.metrics.of_examples.box_matches import f1_of_boxes
from ftcli.tasks.targets.labels import Classes

SIDES = ("left", "top", "right", "bottom")


class DetectedBox(NamedTuple):
    """One object; sides in pixels of the image as it is decoded."""

    label: str
    probability: float
    sides: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class BoxesPrediction(Prediction):
    """`label` has the class of each box, the surest first, and `probability` is that of the first."""

    boxes: tuple[DetectedBox, ...] = ()
    classes: tuple[str, ...] = ()

    def rows(self) -> list[dict[str, Any]]:
        """A row for each box; one without a label for an image without any."""
        if not self.boxes:
            return [{"id": self.id, **dict.fromkeys(("label", "probability", *SIDES))}]
        return [
            {"id": self.id, "label": label, "probability": round(probability, 6)}
            | {name: round(side, 2) for name, side in zip(SIDES, sides, strict=True)}
            for label, probability, sides in self.boxes
        ]

    def save(self, example: Example, path: Path) -> list[Path]:
        """`path`.png, the image with its boxes in the colour and under the name of their class."""
        pixels = decode(example.inputs["image"]).permute(1, 2, 0).numpy()
        height, width = pixels.shape[:2]
        file = path.with_name(f"{path.name}.png")
        self.drawn(pixels, (height, width)).save(file)
        return [file]

    def colours(self) -> dict[str, tuple[int, int, int]]:
        """Those of the classes that are found."""
        return {name: colour(self._colour(name)) for name in dict.fromkeys(self.label)}

    def _colour(self, name: str) -> int:
        """The index of the colour of a class: 0 is for backgrounds."""
        return self.classes.index(name) + 1

    def drawn(self, pixels: Any, size: tuple[int, int]) -> Image.Image:
        """The boxes in the colour and under the name of their class; the surest is drawn last, on top."""
        labelled = [
            LabelledBox(one.sides, f"{one.label} {one.probability:.2f}", self._colour(one.label))
            for one in reversed(self.boxes)
        ]
        return _with_boxes(pixels, size, labelled)


def _with_boxes(pixels: Any, size: tuple[int, int], boxes: Sequence[LabelledBox]) -> Image.Image:
    """Pixels of an image of that height and width, perhaps fewer. Colour 0 is for backgrounds."""
    scale = pixels.shape[0] / size[0], pixels.shape[1] / size[1]
    placed = [one._replace(sides=_scaled(one.sides, *scale)) for one in boxes]
    return with_boxes(pixels, placed)


def _scaled(
    sides: tuple[float, float, float, float], down: float, across: float
) -> tuple[float, float, float, float]:
    left, top, right, bottom = sides
    return left * across, top * down, right * across, bottom * down


class BoxCodec:
    """Objects in an image. Their boxes are in pixels of the image until `ObjectDetection` scales them."""

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)

    def encode(self, example: Example) -> dict[str, Tensor]:
        """`boxes` float32 (N, 4), `labels` int64 (N,), `crowd` bool (N,). Raises `DataError` for an unknown class."""
        found: Boxes = example.target
        labels = [self.classes.index(label, example) for label in found.labels]
        return {
            "boxes": torch.tensor(found.corners, dtype=torch.float32).reshape(-1, 4),
            "labels": torch.tensor(labels, dtype=torch.int64),
            "crowd": torch.tensor(found.crowd or [False] * len(labels), dtype=torch.bool),
        }

    def collate(self, targets: Sequence[Mapping[str, Tensor]]) -> list[Mapping[str, Tensor]]:
        """Those of each image."""
        return list(targets)

    def metrics(self) -> dict[str, Metric]:
        """Average precision."""
        return {"precision": MeanAveragePrecision(self.classes.names)}

    def measured(self, outputs: Any, targets: Any) -> tuple[Any, Any]:
        """What the metric compares, as it is."""
        return outputs, targets

    def outcomes(
        self, predicted: Sequence[Mapping[str, Tensor]], true: Sequence[Mapping[str, Tensor]]
    ) -> Outcomes:
        """The boxes of each image, however unlikely."""
        return Outcomes(list(predicted), list(true))

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """F1 of the boxes of each image."""
        pairs = zip(outcomes.predicted, outcomes.true, strict=True)
        return ExampleScores(
            [f1_of_boxes(*pair) for pair in pairs],
            "F1 of the boxes of an image that overlap by one half or more (IoU)",
            true=[self._labels(one) for one in outcomes.true],
            predicted=[self._labels(one) for one in outcomes.predicted],
        )

    def drawn(self, example: Example, pixels: Any, size: tuple[int, int]) -> Image.Image:
        """The true boxes."""
        found: Boxes = example.target
        labelled = [
            LabelledBox((left, top, right, bottom), label, self.classes.index(label, example) + 1)
            for label, (left, top, right, bottom) in zip(found.labels, found.corners.tolist(), strict=True)
        ]
        return _with_boxes(pixels, size, labelled)

    def _labels(self, one: Mapping[str, Tensor]) -> str:
        return joined(self.classes.names[index] for index in one["labels"].tolist())

    def predictions(self, outputs: Sequence[Mapping[str, Tensor]], ids: Sequence[str]) -> list[Prediction]:
        """The boxes of each image, the surest first."""
        return [self._prediction(id_, one) for id_, one in zip(ids, outputs, strict=True)]

    def _prediction(self, id_: str, one: Mapping[str, Tensor]) -> Prediction:
        names = self.classes.names
        columns = (one[name].tolist() for name in ("labels", "scores", "boxes"))
        found = tuple(
            DetectedBox(names[label], score, (sides[0], sides[1], sides[2], sides[3]))
            for label, score, sides in zip(*columns, strict=True)
        )
        best = found[0].probability if found else None
        return BoxesPrediction(id_, tuple(one.label for one in found), best, {}, found, tuple(names))
