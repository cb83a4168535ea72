"""Images going in: pixels at the working size, then a crop, perhaps a random one, at the scale of the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.data import AUGMENTS
from ftcli.data.transforms import centre_crop, decode, normalise, resize
from ftcli.errors import ConfigError, DataError, Mistake


class Images:
    """Decodes, crops and normalises. Raises `ConfigError` for an augmentation that does not exist."""

    def __init__(self, preprocess: ImagePreprocess, augment: str = "none") -> None:
        if augment not in AUGMENTS:
            raise ConfigError([Mistake("", "data.augment", AUGMENTS.unknown(augment))])
        self.preprocess = preprocess
        self._augment: Callable[[Tensor, ImagePreprocess, int], Tensor] = AUGMENTS.load(augment)

    def encode(self, example: Example) -> dict[str, Any]:
        """`pixels`: uint8 (3, H, W) at the working size. Raises `DataError` for an image that cannot be decoded."""
        image = example.inputs["image"]
        try:
            pixels = decode(image)
        except DataError as error:
            if isinstance(image, str | Path):
                raise  # it names the file
            raise DataError(f"{example.id}: {error}") from None
        return {"pixels": resize(pixels, self.preprocess)}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`pixels`: float32 (B, 3, crop, crop), augmented by each example's seed if `training`."""
        crops = [self._crop(one, training) for one in encoded]
        return {"pixels": normalise(torch.stack(crops), self.preprocess)}

    def _crop(self, one: Encoded, training: bool) -> Tensor:
        pixels: Tensor = one.inputs["pixels"]
        return (
            self._augment(pixels, self.preprocess, one.seed)
            if training
            else centre_crop(pixels, self.preprocess)
        )
