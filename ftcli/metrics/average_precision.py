"""Mean average precision of boxes, as in the COCO challenge."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import count
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ftcli.metrics.buffered import Buffered
from ftcli.metrics.per_class import Row

Boxes = Mapping[str, Tensor]

# Boxes of one class in one image that count, by falling score, as in the challenge.
MOST = 100


class MeanAveragePrecision(Buffered[Boxes]):
    """Average precision of each class (Lin et al., 2014): the mean precision at 101 recalls.

    `map` is the mean over the overlaps 0.50, 0.55, ..., 0.95 from which on a box counts as found, and over the classes
    that have a true box. Boxes of any size count. A true box marked `crowd` stands for many: it need not be found, and
    a box predicted inside it is not wrong.
    """

    thorough: ClassVar[bool] = True

    def __init__(self, classes: Sequence[str]) -> None:
        super().__init__()
        self.classes = tuple(classes)
        self._precision: NDArray[np.float64] | None = None

    def update(self, outputs: Sequence[Boxes], targets: Sequence[Boxes]) -> None:
        """One mapping for each image, with `boxes` (N, 4), float, pixels: left, top, right, bottom.

        Both have `labels` (N,), int class indices from 0; `outputs` have `scores` (N,) too, and `targets` may have
        `crowd` (N,), bool. Raises `ValueError` for a label that is not a class.
        """
        predicted = [self._converted(one, "score", one["scores"]) for one in outputs]
        true = [
            self._converted(
                one, "iscrowd", one.get("crowd", torch.zeros_like(one["labels"], dtype=torch.bool))
            )
            for one in targets
        ]
        super().update(predicted, true)
        self._precision = None

    def merge(self, other: Buffered[Boxes]) -> None:
        """Append what `other` has kept."""
        super().merge(other)
        self._precision = None

    def _converted(self, image: Boxes, name: str, values: Tensor) -> Boxes:
        """The boxes of one image on the CPU, as (left, top, width, height)."""
        boxes, labels = image["boxes"].detach().cpu().double().reshape(-1, 4), image["labels"].cpu()
        if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < len(self.classes):
            raise ValueError(
                f"labels are {sorted(set(labels.tolist()))}, and there are {len(self.classes)} classes"
            )
        corner, size = boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
        return {"bbox": torch.cat([corner, size], dim=1), "category_id": labels, name: values.detach().cpu()}

    def compute(self) -> dict[str, float]:
        """map, map50, map75; nothing without a true box, or if an output is not finite."""
        if not self._finite():
            return {}
        precision = self._precisions()
        defined = precision[:, :, precision[0, 0] > -1]
        if defined.size == 0:
            return {}
        means = defined.mean(axis=(1, 2)).tolist()  # for each overlap
        return {"map": float(np.mean(means)), "map50": means[0], "map75": means[5]}

    def table(self) -> list[Row]:
        """A row for each class: class, ap, ap50, boxes (true ones, without crowds). 0.0 where there is none."""
        precision = self._precisions().clip(min=0).mean(axis=1)
        numbers = self._numbers().tolist()
        columns = zip(
            self.classes, precision.mean(axis=0).tolist(), precision[0].tolist(), numbers, strict=True
        )
        return [{"class": name, "ap": ap, "ap50": ap50, "boxes": n} for name, ap, ap50, n in columns]

    def _finite(self) -> bool:
        return all(bool(one[name].isfinite().all()) for one in self.outputs for name in ("bbox", "score"))

    def _numbers(self) -> NDArray[np.int64]:
        """How many true boxes each class has, int64 (C,)."""
        labels = [one["category_id"][~one["iscrowd"].bool()] for one in self.targets]
        together = torch.cat([torch.zeros(0, dtype=torch.int64), *labels])
        return np.bincount(together.numpy(), minlength=len(self.classes))

    def _precisions(self) -> NDArray[np.float64]:
        """(overlap 10, recall 101, class C); -1 for a class without true boxes. Kept until the next update."""
        if self._precision is None:
            self._precision = self._evaluated() if self.targets else -np.ones((10, 101, len(self.classes)))
        return self._precision

    def _evaluated(self) -> NDArray[np.float64]:
        from pycocotools.cocoeval import COCOeval

        # It prints its progress.
        with redirect_stdout(io.StringIO()):
            evaluation = COCOeval(self._dataset(self.targets), self._dataset(self.outputs), "bbox")
            evaluation.params.areaRng, evaluation.params.areaRngLbl = [[0.0, np.inf]], ["all"]
            evaluation.params.maxDets = [MOST]
            evaluation.evaluate()
            evaluation.accumulate()
        precision: NDArray[np.float64] = evaluation.eval["precision"]
        return precision[..., 0, 0]

    def _dataset(self, images: Sequence[Boxes]) -> Any:
        from pycocotools.coco import COCO

        dataset = COCO()
        dataset.dataset = {
            "images": [{"id": number} for number in range(len(images))],
            "categories": [{"id": label} for label in range(len(self.classes))],
            "annotations": list(_annotations(images)),
        }
        dataset.createIndex()
        return dataset


def _annotations(images: Sequence[Boxes]) -> Iterator[dict[str, Any]]:
    ids = count(1)  # COCOeval writes 0 for what has no match
    for number, image in enumerate(images):
        for values in zip(*(column.tolist() for column in image.values()), strict=True):
            box = dict(zip(image, values, strict=True))
            yield {"id": next(ids), "image_id": number, "area": box["bbox"][2] * box["bbox"][3], **box}
