"""Masks as targets and predictions: a class for each pixel."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from ftcli.contracts import Example, ExampleScores, Mask, Metric, Outcomes, PairTable, Prediction, Target
from ftcli.contracts.outcomes import joined
from ftcli.media.drawing import blended, colour, colour_image, resized, value_image
from ftcli.media.images import decode
from ftcli.media.orientation import shape_of
from ftcli.metrics.intervals import of_sums
from ftcli.metrics.of_examples.resampled import overlap
from ftcli.metrics.overlap import Overlap
from ftcli.metrics.pair_counts import counts_of_each
from ftcli.tasks.targets.labels import Classes

IGNORED = -1
# The ending of the file of a mask.
MASK = ".mask.png"
# The least share of an image that a class has to be named for.
NAMED = 0.01


@dataclass(frozen=True, slots=True)
class Legend:
    """The classes of masks, and the value that stands for each: a grey level, or 0xRRGGBB where they are `coloured`."""

    names: tuple[str, ...]
    values: tuple[int, ...]
    coloured: bool = False

    @classmethod
    def of(cls, target: Target) -> Legend:
        """That of the data; of a run that does not know it, places in the list of classes."""
        return cls(target.classes, target.values or tuple(range(len(target.classes))), target.coloured)

    def image(self, mask: NDArray[Any]) -> Image.Image:
        """A mask of indices (H, W) in the values of the data."""
        return (colour_image if self.coloured else value_image)(mask, self.values)

    def rows(self) -> list[dict[str, Any]]:
        """A row for each class: its value or its colour, and its name."""
        if not self.coloured:
            return [
                {"value": value, "class": name} for value, name in zip(self.values, self.names, strict=True)
            ]
        colours = ([value >> shift & 255 for shift in (16, 8, 0)] for value in self.values)
        return [
            {"class": name, "r": red, "g": green, "b": blue}
            for name, (red, green, blue) in zip(self.names, colours, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class MaskPrediction(Prediction):
    """`label` is the class of most pixels, `scores` the share of each class, `mask` their indices (h, w).

    They are uint8, or uint16 where there are more than 256 classes.
    """

    mask: Any = None
    classes: Legend = Legend((), ())

    def rows(self) -> list[dict[str, Any]]:
        """A row for each class that is there, with its share of the pixels."""
        there = {name: share for name, share in self.scores.items() if share > 0}
        return [{"id": self.id, "label": name, "share": round(there[name], 6)} for name in there]

    def values(self, example: Example) -> list[dict[str, Any]]:
        """The index of each pixel's class (H, W), at the size of the upright image."""
        width, height = shape_of(example.inputs["image"]).upright
        return [{"mask": resized(self.mask, height, width)}]

    def files(self, example: Example) -> dict[str, bytes]:
        """ ".mask.png", in the values of the data and at the size of the image."""
        width, height = shape_of(example.inputs["image"]).upright
        content = io.BytesIO()
        self.classes.image(resized(self.mask, height, width)).save(content, "PNG")
        return {MASK: content.getvalue()}

    def colours(self) -> dict[str, tuple[int, int, int]]:
        """Those of the classes that are there."""
        return {
            name: colour(self.classes.names.index(name)) for name, share in self.scores.items() if share > 0
        }

    def save(self, example: Example, path: Path) -> list[Path]:
        """`path`.mask.png, in the values of the data and at the size of the image, and `path`.png, in colours on it."""
        pixels = decode(example.inputs["image"]).permute(1, 2, 0).numpy()
        mask = resized(self.mask, *pixels.shape[:2])
        values, picture = path.with_name(f"{path.name}{MASK}"), path.with_name(f"{path.name}.png")
        self.classes.image(mask).save(values)
        Image.fromarray(blended(pixels, mask)).save(picture)
        return [values, picture]

    def drawn(self, pixels: Any, size: tuple[int, int]) -> Image.Image:
        """The classes in colours on the image."""
        return Image.fromarray(blended(pixels, resized(self.mask, *pixels.shape[:2])))

    def legend(self) -> list[dict[str, Any]]:
        """A row for each class: the value that stands for it in the saved masks."""
        return self.classes.rows()


class MaskCodec:
    """One class for each pixel: the largest output. A pixel that does not count has the target -1."""

    def __init__(self, target: Target) -> None:
        self.classes = Classes(target.classes)
        self.legend = Legend.of(target)

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
        """What the metrics compare: the classes with the largest of the outputs (B, C, H, W), and the true ones."""
        return outputs.argmax(dim=1), targets

    def outcomes(self, predicted: Tensor, true: Tensor) -> Outcomes:
        """The pixels of each class that are hit, predicted and true, int64 (B, 3, C)."""
        return Outcomes(counts=counts_of_each(predicted, true, len(self.classes.names)))

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        """The mean intersection over union of the classes of each image; 1 where no pixel counts."""
        counts = outcomes.counts.numpy()
        hits, predicted, true = counts.transpose(1, 0, 2)
        union = predicted + true - hits
        classes = (union > 0).sum(axis=1)
        means = (hits / np.maximum(union, 1)).sum(axis=1) / np.maximum(classes, 1)
        found: Any = metrics["overlap"]
        return ExampleScores(
            np.where(classes > 0, means, 1.0).tolist(),
            "mean IoU of the classes of an image",
            true=self._largest(true),
            predicted=self._largest(predicted),
            intervals=of_sums(
                lambda: counts.reshape(len(counts), -1).astype(np.float64),
                (len(counts), counts[0].size),
                overlap,
            ),
            confusion=PairTable(self.classes.names, found.matrix.cpu().numpy()),
        )

    def drawn(self, example: Example, pixels: Any, size: tuple[int, int]) -> Image.Image:
        """The true classes in colours; a pixel that does not count is as it is."""
        mask = self.encode(example).numpy()
        return Image.fromarray(blended(pixels, resized(mask, *pixels.shape[:2])))

    def _largest(self, pixels: NDArray[np.int64]) -> list[str]:
        """The classes of each image with their share of its pixels (N, C), the largest first."""
        shares = pixels / np.maximum(pixels.sum(axis=1, keepdims=True), 1)
        return [
            joined(
                f"{self.classes.names[index]} {row[index]:.2f}"
                for index in np.argsort(-row, kind="stable")
                if row[index] >= NAMED
            )
            for row in shares
        ]

    def predictions(self, outputs: Tensor, ids: Sequence[str]) -> list[Prediction]:
        """The class with the largest output for each pixel of `outputs` (B, C, h, w)."""
        masks = outputs.argmax(dim=1).to(torch.int16).cpu().numpy()
        kind = np.uint8 if len(self.classes.names) <= 256 else np.uint16
        return [self._prediction(id_, mask.astype(kind)) for id_, mask in zip(ids, masks, strict=True)]

    def _prediction(self, id_: str, mask: NDArray[Any]) -> Prediction:
        shares = np.bincount(mask.reshape(-1), minlength=len(self.classes.names)) / mask.size
        most = self.classes.names[int(shares.argmax())]
        return MaskPrediction(id_, most, None, self.classes.scores(shares.tolist()), mask, self.legend)


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
