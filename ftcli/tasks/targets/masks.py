"""Masks as targets and predictions: a class for each pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Example, Mask, Metric, Prediction, Target
from ftcli.media.drawing import blended, index_image
from ftcli.media.images import decode
from ftcli.metrics.overlap import Overlap
from ftcli.tasks.targets.labels import Classes

IGNORED = -1


@dataclass(frozen=True, slots=True)
class MaskPrediction(Prediction):
    """`label` is the class of most pixels, `scores` the share of each class, `mask` uint8 (h, w) their indices."""

    mask: Any = None

    def rows(self) -> list[dict[str, Any]]:
        """A row for each class that is there, with its share of the pixels."""
        there = {name: share for name, share in self.scores.items() if share > 0}
        return [{"id": self.id, "label": name, "share": round(there[name], 6)} for name in there]

    def save(self, example: Example, path: Path) -> list[Path]:
        """`path`.mask.png, the indices at the size of the image, and `path`.png, the image under their colours."""
        pixels = decode(example.inputs["image"]).permute(1, 2, 0).numpy()
        mask = index_image(self.mask, *pixels.shape[:2])
        indices, picture = path.with_name(f"{path.name}.mask.png"), path.with_name(f"{path.name}.png")
        mask.save(indices)
        Image.fromarray(blended(pixels, np.asarray(mask))).save(picture)
        return [indices, picture]


class MaskCodec:
    """One class for each pixel: the largest output. A pixel that does not count has the target -1."""

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)

    def encode(self, example: Example) -> Tensor:
        """The index of each pixel's class, int16 (H, W), at the size of the mask. Raises `DataError`."""
        mask: Mask = example.target
        values = mask.read()
        indices = np.full(values.shape, IGNORED, dtype=np.int16)
        for value, name in mask.names.items():
            indices[values == value] = self.classes.index(name, example)
        return torch.from_numpy(indices)

    def collate(self, targets: Sequence[Tensor]) -> list[Tensor]:
        """Each mask at its own size, int64 (H, W)."""
        return [mask.long() for mask in targets]

    def metrics(self) -> dict[str, Metric]:
        """Counts of (true class, predicted class)."""
        return {"overlap": Overlap(self.classes.names)}

    def measured(self, outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """What the metrics compare: outputs (B, C, H, W) and indices (B, H, W), as they are."""
        return outputs, targets

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The class with the largest output for each pixel of `outputs` (B, C, h, w)."""
        masks = outputs.argmax(dim=1).to(torch.uint8).cpu().numpy()
        return [self._prediction(id_, mask) for id_, mask in zip(ids, masks, strict=True)]

    def _prediction(self, id_: str, mask: NDArray[np.uint8]) -> Prediction:
        shares = np.bincount(mask.reshape(-1), minlength=len(self.classes.names)) / mask.size
        most = self.classes.names[int(shares.argmax())]
        return MaskPrediction(id_, most, None, self.classes.scores(shares.tolist()), mask)


def resized_mask(mask: Tensor, size: int) -> Tensor:
    """A mask (H, W) as (size, size); every pixel keeps a value that it had."""
    return F.interpolate(mask[None, None].float(), size=(size, size), mode="nearest-exact")[0, 0].long()


def at_size(outputs: Tensor, size: Sequence[int]) -> Tensor:
    """Outputs (B, C, h, w) at the size of a mask, (B, C, H, W)."""
    return F.interpolate(outputs, size=tuple(size), mode="bilinear", align_corners=False)


def counted(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """The outputs (N, C) and classes (N,) of the pixels that count."""
    there = targets >= 0
    return outputs.permute(0, 2, 3, 1)[there], targets[there]
