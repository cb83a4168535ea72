"""Images of detectors as inputs: whole, each with its own sides, on a canvas with the largest of the batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Encoded, Example
from ftcli.media.augment import Change
from ftcli.media.images import normalise
from ftcli.media.orientation import shape_of
from ftcli.tasks.inputs.images import Images

# The sides of a batch are multiples of it: fewer sizes, and none that a network has to pad.
STEP = 32


class WholeImages(Images):
    """Decodes and resizes whole images. An augmentation that crops keeps the ratio of the sides."""

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The working size, and the versions of what decodes and resizes."""
        return {**super().encoding, "longest": self.preprocess.longest}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`pixels` of each, uint8 (3, H, W) at the working size, and `original`, int32 (2,): height and width before.

        Raises `DataError` for one that cannot be decoded.
        """
        made = zip(super().encode_inputs(examples), examples, strict=True)
        return [pixels | self._original(example) for pixels, example in made]

    @staticmethod
    def _original(example: Example) -> dict[str, Tensor]:
        width, height = shape_of(example.inputs["image"]).upright
        return {"original": torch.tensor([height, width], dtype=torch.int32)}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`pixels` float32 (B, 3, H, W), each image at the top left beside zeros; `sizes` of each, int64 (B, 2)."""
        images = [self._seen(one, training) for one in encoded]
        sizes = torch.tensor([image.shape[-2:] for image in images])
        step = 1 if self.preprocess.squash else STEP
        height, width = (-(-int(side) // step) * step for side in sizes.amax(dim=0))
        pixels = torch.zeros(len(images), 3, height, width).to(memory_format=torch.channels_last)
        for place, image in zip(pixels, images, strict=True):
            place[:, : image.shape[1], : image.shape[2]] = normalise(image, self.preprocess)
        return {"pixels": pixels, "sizes": sizes}

    def seen(self, one: Encoded) -> tuple[int, int]:
        """Height and width of an image at the working size."""
        height, width = one.inputs["pixels"].shape[-2:]
        return height, width

    def change(self, one: Encoded, height: int, width: int) -> Change:
        """The augmentation of this example. A crop has the ratio of the image, so that nothing is distorted."""
        return self._augment.draw(height, width, one.seed, (width / height, width / height))

    def _seen(self, one: Encoded, training: bool) -> Tensor:
        pixels: Tensor = one.inputs["pixels"]
        if not training:
            return pixels
        size = self.seen(one)
        return self.change(one, *size).pixels(pixels, self.preprocess, size)
