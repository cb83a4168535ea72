"""Images to boxes: where objects are, and of which class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from ftcli.config.schema import Experiment, Head
from ftcli.contracts import Batch, Encoded, ExampleScores, Loss, Metric, Outcomes, Prediction, Target
from ftcli.contracts.modalities import IMAGE
from ftcli.tasks.inputs.whole_images import WholeImages
from ftcli.tasks.supervised import SupervisedTask
from ftcli.tasks.targets.boxes import BoxCodec

# The least probability of a predicted box: likelier right than wrong.
THRESHOLD = 0.5


class ObjectDetection(SupervisedTask[WholeImages, BoxCodec]):
    """Boxes with a class.

    The network computes its own loss. True boxes are augmented and resized with their image; predicted boxes are in
    pixels of the image as it is decoded, turned by its EXIF orientation. Crowds have no loss, and figures ignore them.
    """

    inputs = (IMAGE,)
    form = "detector"
    wants = "boxes"
    encoder = "whole-images"
    sections: ClassVar[frozenset[str]] = frozenset()

    def __init__(
        self, target: Target, preprocess: Any, loss: Any, threshold: float = THRESHOLD, **options: Any
    ) -> None:
        """As `SupervisedTask`; boxes are predicted from the probability `threshold` on."""
        super().__init__(target, preprocess, Head(), loss, **options)
        self.threshold = threshold

    @classmethod
    def settings(cls, experiment: Experiment) -> dict[str, Any]:
        """How training images are augmented, and which boxes are predicted."""
        chosen = experiment.model.score_threshold
        threshold = THRESHOLD if chosen is None else chosen
        return {"threshold": threshold, **cls._encoder_options(experiment)}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch. Its targets are mappings, one for each image, at the size that the network sees."""
        batch = super().collate(encoded, training=training)
        original = torch.stack([one.inputs["original"] for one in encoded])
        targets = None
        if batch.targets is not None:
            pairs = zip(encoded, batch.targets, strict=True)
            targets = [self._placed(one, target, training=training) for one, target in pairs]
        return replace(batch, targets=targets, extras={"original": original})

    def _placed(self, one: Encoded, target: Mapping[str, Tensor], *, training: bool) -> Mapping[str, Tensor]:
        """The boxes of an image at the size that the network takes; in training augmented as the image is."""
        size = self._inputs.seen(one)
        boxes = _scaled(target["boxes"], one.inputs["original"], torch.tensor(size))
        if not training:
            return {**target, "boxes": boxes}
        boxes, kept = self._inputs.change(one, *size).boxes(boxes, size)
        return {name: value[kept] for name, value in {**target, "boxes": boxes}.items()}

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        """The predicted boxes as `detections`, and the network's `losses` where the batch has targets."""
        targets = {} if batch.targets is None else {"targets": _targets_of(batch.targets)}
        return model(**batch.inputs, **targets)

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        """The network's own loss, counted by images."""
        own: Any = self._loss
        return own(outputs.losses, len(batch.ids))  # type: ignore[no-any-return]

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterable[tuple[Any, Any]]:
        """The predicted and the true boxes. How boxes overlap is the same at any size: none is scaled."""
        return ((outputs.detections, batch.targets),)

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """The outcomes by the boxes that are likely enough to be predicted."""
        likely = [self._likely(one) for one in outcomes.predicted]
        return super().example_scores(replace(outcomes, predicted=likely), metrics)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The boxes that are likely enough, in pixels of each image."""
        detected = self.outputs(model, batch) if outputs is None else outputs
        sizes = zip(batch.inputs["sizes"], batch.extras["original"], strict=True)
        shown = [
            self._shown(one, seen, original)
            for one, (seen, original) in zip(detected.detections, sizes, strict=True)
        ]
        return self._targets.predictions(shown, batch.ids)

    def _shown(self, one: Mapping[str, Tensor], seen: Tensor, original: Tensor) -> Mapping[str, Tensor]:
        kept = self._likely(one)
        return {**kept, "boxes": _scaled(kept["boxes"], seen, original)}

    def _likely(self, one: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {name: value[one["scores"] >= self.threshold] for name, value in one.items()}


def _scaled(boxes: Tensor, before: Tensor, after: Tensor) -> Tensor:
    """Boxes (N, 4) of an image of the size `before`, height and width, in one of the size `after`."""
    return boxes * (after / before).flip(0).repeat(2).to(boxes.dtype)


def _targets_of(targets: Sequence[Mapping[str, Tensor]]) -> list[dict[str, Tensor]]:
    """The targets of the network: no crowds."""
    return [{name: one[name][~one["crowd"]] for name in ("boxes", "labels")} for one in targets]
