"""Images to masks: a class for each pixel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Encoded, Loss, Prediction
from ftcli.contracts.modalities import IMAGE
from ftcli.media.augment import Change
from ftcli.tasks.inputs.images import Images
from ftcli.tasks.supervised import SupervisedTask, main_and_auxiliary
from ftcli.tasks.targets.masks import MaskCodec, at_size, counted, resized_mask


class SemanticSegmentation(SupervisedTask[Images, MaskCodec]):
    """A class for each pixel.

    Images are resized to squares. In training the mask is augmented as its image is; figures compare the outputs at the
    size of each mask.
    """

    inputs = (IMAGE,)
    form = "maps"
    wants = "mask"
    encoder = "images"

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        """A batch; its targets are int64 (B, size, size) in training, else a list of (H, W). -1 does not count."""
        batch = super().collate(encoded, training=training)
        if not training or batch.targets is None:
            return batch
        pairs = zip(encoded, batch.targets, strict=True)
        return replace(batch, targets=torch.stack([self._changed(one, mask) for one, mask in pairs]))

    def _changed(self, one: Encoded, mask: Tensor) -> Tensor:
        change: Change = self._inputs.change(one, self._size, self._size)
        return change.mask(resized_mask(mask, self._size), self._size)

    @property
    def _size(self) -> int:
        return self._inputs.preprocess.crop

    def _loss_of(self, outputs: Tensor, targets: Any) -> Loss:
        """The loss over the pixels that count, of the outputs at the size of the masks, which may differ in size."""
        if isinstance(targets, Tensor):
            return self._loss(*counted(at_size(outputs, targets.shape[-2:]), targets))
        losses = [self._loss(*counted(sized, mask)) for sized, mask in _pairs(outputs, targets)]
        total = torch.stack([one.total for one in losses]).sum()
        return Loss(total, torch.stack([one.count for one in losses]).sum())

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> Iterator[tuple[Any, Any]]:
        """What the metrics compare, image by image: the classes at the size of a mask, and the mask."""
        for sized, mask in _pairs(main_and_auxiliary(outputs)[0], batch.targets):
            yield self._targets.measured(sized, mask)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        """The class of each pixel, at the size that the network sees."""
        outputs = self.outputs(model, batch) if outputs is None else outputs
        sized = at_size(main_and_auxiliary(outputs)[0], (self._size, self._size))
        return self._targets.predictions(sized, batch.ids)


def _pairs(outputs: Tensor, masks: Iterable[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
    """The outputs (1, C, H, W) of each image at the size of its mask, and the mask (1, H, W)."""
    for output, mask in zip(outputs.unsqueeze(1), masks, strict=True):
        yield at_size(output, mask.shape), mask.unsqueeze(0)
