"""Images to masks: a class for each pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Encoded, Loss, Metric, Prediction
from ftcli.contracts.modalities import IMAGE
from ftcli.media.augment import Change
from ftcli.tasks.inputs.images import Images
from ftcli.tasks.supervised import Supervised, outputs_of
from ftcli.tasks.targets.masks import at_size, counted, resized_mask


class SemanticSegmentation(Supervised):
    """A class for each pixel.

    Images are seen whole, as squares. In training the mask goes through the same change as its image; figures compare
    the outputs at the size of each mask.
    """

    inputs = (IMAGE,)
    form = "maps"
    wants = "mask"
    reader = Images

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are int64 (B, size, size) in training, else a list of (H, W). -1 does not count."""
        batch = super().collate(encoded, training=training)
        if not training or batch.targets is None:
            return batch
        pairs = zip(encoded, batch.targets, strict=True)
        return replace(batch, targets=torch.stack([self._changed(one, mask) for one, mask in pairs]))

    def _changed(self, one: Encoded, mask: Tensor) -> Tensor:
        change: Change = self._images.change(one, self._size, self._size)
        return change.mask(resized_mask(mask, self._size), self._size)

    @property
    def _images(self) -> Images:
        assert isinstance(self._reader, Images)
        return self._reader

    @property
    def _size(self) -> int:
        return self._images.preprocess.crop

    def loss(self, model: nn.Module, batch: Batch) -> Loss:
        """The loss over the pixels that count, of the outputs at the size of the masks."""
        outputs = outputs_of(model, batch)
        sized = [at_size(output, batch.targets.shape[-2:]) for output in outputs]
        return self._summed([self._measure(output, batch.targets) for output in sized])

    def score(self, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
        """Forward pass into `metrics`, image by image, as their masks may differ in size."""
        outputs = outputs_of(model, batch)[0]
        losses = []
        for output, mask in zip(outputs.unsqueeze(1), batch.targets, strict=True):
            sized = at_size(output, mask.shape)
            for metric in metrics.values():
                metric.update(sized, mask.unsqueeze(0))
            losses.append(self._measure(sized, mask.unsqueeze(0)))
        total, count = (
            torch.stack(column) for column in zip(*((one.total, one.count) for one in losses), strict=True)
        )
        return Loss(total.sum(), count.sum())

    def _measure(self, outputs: Tensor, targets: Any) -> Loss:
        return self._loss(*counted(outputs, targets))

    def predict(self, model: nn.Module, batch: Batch) -> list[Prediction]:
        """The class of each pixel, at the size that the network sees."""
        outputs = at_size(outputs_of(model, batch)[0], (self._size, self._size))
        return self._answers.predictions(outputs, batch.ids)
