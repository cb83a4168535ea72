"""Images going in: pixels at the working size, then a crop, perhaps a random one, at the scale of the weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import PIL
import torch
from torch import Tensor

from ftcli.config.schema import Data
from ftcli.contracts import Encoded, Example, ImagePreprocess
from ftcli.errors import ConfigError, DataError, Mistake
from ftcli.media import AUGMENTS
from ftcli.media.augment import Change, Policy, Unchanged
from ftcli.media.file_content import FileContent
from ftcli.media.images import centre_crop, decode, normalise, resize

DECODER = 3  # goes up whenever the same file would give other pixels than before


class Images:
    """Decodes, crops and normalises. Raises `ConfigError` for an augmentation that does not exist."""

    sequence: ClassVar[str | None] = None

    def __init__(self, preprocess: ImagePreprocess, augment: str = "none") -> None:
        if augment not in AUGMENTS:
            raise ConfigError([Mistake("", "data.augment", AUGMENTS.unknown(augment))])
        self.preprocess = preprocess
        self._augment: Policy | Unchanged = AUGMENTS.load(augment)

    def notes(self, examples: Sequence[Example]) -> list[str]:
        """Nothing: what the middle of an image leaves out is told by `data.image_size`."""
        return []

    @classmethod
    def options(cls, data: Data) -> dict[str, Any]:
        """How training images are changed."""
        return {"augment": data.augment or "none"}

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Two grey images of different sizes."""
        small, large = (np.full(size, 128, dtype=np.uint8) for size in ((48, 64, 3), (128, 96, 3)))
        return {"image": small}, {"image": large}

    @property
    def encoding(self) -> Mapping[str, Any]:
        """The working size, and the versions of what decodes and resizes."""
        wanted = self.preprocess
        return {
            "resize": wanted.resize,
            "squash": wanted.squash,
            "interpolation": wanted.interpolation,
            "decoder": [DECODER, PIL.__version__, str(torch.__version__)],
        }

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        """`pixels` of each: uint8 (3, H, W) at the working size. Raises `DataError` for one that cannot be decoded."""
        return [self._encode(example) for example in examples]

    def _encode(self, example: Example) -> dict[str, Tensor]:
        image = example.inputs["image"]
        try:
            pixels = decode(image, self.preprocess.resize)
        except DataError as error:
            if isinstance(image, str | Path | FileContent):
                raise  # it names the file
            raise DataError(f"{example.id}: {error}") from None
        return {"pixels": resize(pixels, self.preprocess)}

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        """`pixels`: float32 (B, 3, crop, crop), augmented by each example's seed if `training`."""
        crops = [self._crop(one, training) for one in encoded]
        return {"pixels": normalise(torch.stack(crops), self.preprocess)}

    def pad(self, rows: Sequence[Tensor]) -> Tensor:
        """Rows of one shape as one array."""
        return torch.stack(list(rows))

    def change(self, one: Encoded, height: int, width: int) -> Change:
        """What training does to this example, for whatever else there is of its image."""
        return self._augment.draw(height, width, one.seed)

    def _crop(self, one: Encoded, training: bool) -> Tensor:
        pixels: Tensor = one.inputs["pixels"]
        return (
            self._augment(pixels, self.preprocess, one.seed)
            if training
            else centre_crop(pixels, self.preprocess)
        )
