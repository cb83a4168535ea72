"""From what is said of images one by one to boxes of upright images, and what is odd about them."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import TargetKind
from ftcli.data.annotations.box_arrays import SIDES, Annotated, BoxArrays, Tallies
from ftcli.data.annotations.pixel_units import PixelUnits
from ftcli.data.annotations.turned_images import TOLERANCE, Evidence, TurnedImages, by_place, by_size
from ftcli.data.targets.columns import Structures
from ftcli.errors import DataError
from ftcli.media.orientation import Shape

SAME = 0.1  # pixels by which the sides of a box that is listed twice may differ: files round them in their own way


@dataclass(slots=True)
class _Oddities:
    """How many boxes or images are odd in one way, and where the first is."""

    words: str
    count: int = 0
    first: str = ""

    def add(self, count: int, where: str) -> None:
        if count and not self.count:
            self.first = where
        self.count += count


class BoxReader:
    """Collects the boxes of images one by one: cut at the border of their image, without those that have no area.

    Images that EXIF turns wait until all were seen, as the others tell which way up their boxes are.
    """

    def __init__(self, name: str, turned: TurnedImages | None = None) -> None:
        self._name = name
        self.turned = turned or TurnedImages(name, "boxes")
        self._units = PixelUnits(name, "boxes")
        self._waiting: dict[int, tuple[Annotated, Shape]] = {}
        self._images = 0
        self._corners = array("f")
        self._codes, self._rows, self._crowd = array("i"), array("q"), bytearray()
        self._names: dict[str, int] = {}
        self._flat = _Oddities("boxes without an area inside their image, left out")
        self._cut = _Oddities("boxes that reach outside their image, cut there")
        self._twice = _Oddities("boxes that are listed twice, taken once")
        self._bare = _Oddities("images without boxes")
        self._crowds = _Oddities("boxes of crowds and difficult objects, not learned and counted neither way")

    def add(self, one: Annotated, shape: Shape) -> None:
        """Take what was said of one image. Raises `DataError` for what cannot be its boxes."""
        corners = one.corners.reshape(-1, SIDES)
        if not np.isfinite(corners).all():
            raise DataError(f"{one.where}: a box has a side that is not a number")
        size = by_size(one.size, shape, one.where, one.image)
        if not one.fractions:
            filled = corners[_above(corners[:, 2:], corners[:, :2])]
            self._units.add(filled.reshape(-1, 2), shape, one.image)
        if shape.orientation == 1:
            self._place(self._images, one, corners, shape)
        else:
            place = None if one.fractions else by_place(corners.reshape(-1, 2), shape)
            if len(corners) or size is not None:
                self.turned.add(self._images, one.image, Evidence(size, place))
            self._waiting[self._images] = one, shape
        self._images += 1

    def none(self) -> None:
        """An image that cannot be used: no boxes."""
        self._images += 1

    def labels(self, kind: TargetKind, known: tuple[str, ...] = ()) -> Structures:
        """All boxes; `known` are classes that the data names beside those that boxes have.

        Raises `DataError` where they are no pixels.
        """
        self._settle()
        rows = np.array(self._rows, dtype=np.int64)
        order = np.argsort(rows, kind="stable")
        ends = np.zeros(self._images + 1, dtype=np.int64)
        np.cumsum(np.bincount(rows, minlength=self._images), out=ends[1:])
        arrays = BoxArrays(
            np.array(self._corners, dtype=np.float32).reshape(-1, SIDES)[order],
            np.array(self._codes, dtype=np.int32)[order],
            np.frombuffer(bytes(self._crowd), dtype=np.bool_)[order],
            ends,
            tuple(self._names),
        )
        return Structures(kind, arrays, Tallies(arrays), known)

    def notes(self) -> tuple[str, ...]:
        """Which way up boxes are, and what was odd."""
        self._settle()
        odd = (self._flat, self._cut, self._twice, self._crowds, self._bare)
        said = (f"{self._name}: {o.words}: {o.count:,}, the first in {o.first}" for o in odd if o.count)
        return (*self.turned.notes(), *self._units.notes(), *said)

    def _settle(self) -> None:
        """Once all images were seen: turn those that waited."""
        self._units.check()
        upright = self.turned.upright() if self._waiting else {}
        for row, (one, shape) in self._waiting.items():
            self._place(row, one, _turned(one, shape, upright.get(row, True)), shape)
        self._waiting.clear()

    def _place(self, row: int, one: Annotated, corners: NDArray[np.float64], shape: Shape) -> None:
        """Keep the boxes of one upright image; `corners` (N, 4) are pixels of it, or fractions of its sides."""
        border = np.array(shape.upright * 2, dtype=np.float64)
        corners = corners * border if one.fractions else corners
        inside = corners.clip(0, border)
        crowd = np.array(one.crowd or [False] * len(corners), dtype=bool)
        codes = np.array(
            [self._names.setdefault(label, len(self._names)) for label in one.labels], dtype=np.int64
        )
        low, high = inside[:, :2].astype(np.float32), inside[:, 2:].astype(np.float32)
        filled = np.logical_and(_above(corners[:, 2:], corners[:, :2]), _above(high, low))
        again = filled & _repeated(corners, codes * 2 + crowd)
        kept = filled & ~again
        outside = np.logical_and(kept, np.any(np.abs(corners - inside) > TOLERANCE, axis=1))
        self._flat.add(int((~filled).sum()), one.image)
        self._twice.add(int(again.sum()), one.image)
        self._cut.add(int(outside.sum()), one.image)
        self._bare.add(int(not kept.any()), one.image)
        self._crowds.add(int((crowd & kept).sum()), one.image)
        self._corners.extend(inside[kept].reshape(-1).tolist())
        self._codes.extend(codes[kept].tolist())
        self._crowd += crowd[kept].tobytes()
        self._rows.extend([row] * int(kept.sum()))


def _above(high: NDArray[Any], low: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the right and lower corners (N, 2) are right of and below the others."""
    return np.all(high > low, axis=1)  # type: ignore[no-any-return]


def _turned(one: Annotated, shape: Shape, upright: bool) -> NDArray[np.float64]:
    """Boxes (N, 4) as boxes of the upright image, in the units that they are in."""
    corners = one.corners.reshape(-1, SIDES)
    if upright:
        return corners
    return (Shape(1, 1, shape.orientation) if one.fractions else shape).turned(corners)


def _repeated(corners: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which boxes (N, 4) are, but for rounding, where one before them of the same code is."""
    again = np.zeros(len(corners), dtype=bool)
    lefts = np.sort(corners[:, 0])
    if not (lefts[1:] - lefts[:-1] <= SAME).any():
        return again
    order = np.lexsort((corners[:, 0], codes))
    boxes, kinds = corners[order], codes[order]
    for lag in range(1, len(order)):
        near = (kinds[lag:] == kinds[:-lag]) & (boxes[lag:, 0] - boxes[:-lag, 0] <= SAME)
        if not near.any():
            break
        again[order[lag:]] |= near & (np.abs(boxes[lag:] - boxes[:-lag]) <= SAME).all(axis=1)
    return again
