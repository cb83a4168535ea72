"""Boxes of many images as a few arrays, and what is wrong with them."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Boxes, TargetKind
from ftcli.data.targets.columns import Structures
from ftcli.errors import DataError
from ftcli.media.orientation import Shape

TOLERANCE = 1.5  # pixels by which a box may reach outside without a word: half of them count from 1
SIDES = 4


@dataclass(frozen=True, slots=True)
class Annotated:
    """What was said of one image. `corners` (N, 4): left, top, right, bottom, in pixels.

    They are of the image as it is stored, or if that is what its stated `size` (width, height) fits, of the image
    turned upright; `fractions` are parts of the upright sides in place of pixels. `where` is for messages.
    """

    image: str  # relative to the folder of images
    corners: NDArray[np.float64]
    labels: Sequence[str]
    where: str
    crowd: Sequence[bool] = ()
    size: tuple[int, int] | None = None
    fractions: bool = False


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
    """Collects the boxes of images one by one: cut at the border of their image, without those that have no area."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._corners = array("f")
        self._codes, self._ends, self._crowd = array("i"), array("q", [0]), bytearray()
        self._names: dict[str, int] = {}
        self._flat = _Oddities("boxes without an area inside their image, left out")
        self._cut = _Oddities("boxes that reach outside their image, cut there")
        self._bare = _Oddities("images without boxes")
        self._crowds = _Oddities("boxes of crowds and difficult objects, not learned and counted neither way")

    def add(self, one: Annotated, shape: Shape) -> None:
        """Take what was said of one image. Raises `DataError` for what cannot be its boxes."""
        width, height = shape.upright
        corners = _placed(one, shape).reshape(-1, SIDES)
        if not np.isfinite(corners).all():
            raise DataError(f"{one.where}: a box has a side that is not a number")
        border = np.array([width, height] * 2, dtype=np.float64)
        inside = corners.clip(0, border)
        low, high = inside[:, :2].astype(np.float32), inside[:, 2:].astype(np.float32)
        kept = np.logical_and(_above(corners[:, 2:], corners[:, :2]), _above(high, low))
        outside = np.logical_and(kept, np.any(np.abs(corners - inside) > TOLERANCE, axis=1))
        crowd = np.array(one.crowd or [False] * len(corners), dtype=bool)
        self._flat.add(int((~kept).sum()), one.image)
        self._cut.add(int(outside.sum()), one.image)
        self._bare.add(int(not kept.any()), one.image)
        self._crowds.add(int((crowd & kept).sum()), one.image)
        self._keep(
            inside[kept],
            [label for label, keep in zip(one.labels, kept.tolist(), strict=True) if keep],
            crowd[kept],
        )

    def none(self) -> None:
        """An image that cannot be used: no boxes."""
        self._ends.append(len(self._codes))

    def _keep(self, corners: NDArray[np.float64], labels: Sequence[str], crowd: NDArray[np.bool_]) -> None:
        self._corners.extend(corners.reshape(-1).tolist())
        self._codes.extend(self._names.setdefault(label, len(self._names)) for label in labels)
        self._crowd += crowd.tobytes()
        self._ends.append(len(self._codes))

    def labels(self, kind: TargetKind, known: tuple[str, ...] = ()) -> Structures:
        """All boxes; `known` are classes that the data names beside those that boxes have."""
        arrays = BoxArrays(
            np.array(self._corners, dtype=np.float32).reshape(-1, SIDES),
            np.array(self._codes, dtype=np.int32),
            np.frombuffer(bytes(self._crowd), dtype=np.bool_),
            np.array(self._ends, dtype=np.int64),
            tuple(self._names),
        )
        return Structures(kind, arrays, Tallies(arrays), known)

    def notes(self) -> tuple[str, ...]:
        """What was odd."""
        odd = (self._flat, self._cut, self._crowds, self._bare)
        return tuple(f"{self._name}: {o.words}: {o.count:,}, the first in {o.first}" for o in odd if o.count)


def _above(high: NDArray[Any], low: NDArray[Any]) -> NDArray[np.bool_]:
    """Where the right and lower corners (N, 2) are right of and below the others."""
    return np.all(high > low, axis=1)  # type: ignore[no-any-return]


def _placed(one: Annotated, shape: Shape) -> NDArray[np.float64]:
    """The corners in pixels of the upright image."""
    width, height = shape.upright
    if one.fractions:
        return one.corners * np.array([width, height] * 2, dtype=np.float64)
    upright = is_upright(one.size, shape, one.where, one.image)
    return one.corners if upright else shape.turned(one.corners)


def is_upright(size: tuple[int, int] | None, shape: Shape, where: str, image: str) -> bool:
    """Whether annotations of an image of the stated `size`, width and height, are of the image turned upright.

    They are of the stored image, if that has this size or none is stated. Raises `DataError` if neither has it.
    """
    if size is None or size == (shape.width, shape.height):
        return False
    if size == shape.upright:
        return True
    stated, real = f"{size[0]} x {size[1]}", f"{shape.width} x {shape.height}"
    raise DataError(f"{where}: says that {image} has {stated} pixels, and it has {real}: what is it of?")


@dataclass(frozen=True, slots=True)
class BoxArrays(Sequence[Boxes]):
    """The boxes of N images: `corners` (M, 4), `codes` (M,) in `names`, `crowd` (M,); image i ends at `ends[i + 1]`."""

    corners: NDArray[np.float32]
    codes: NDArray[np.int32]
    crowd: NDArray[np.bool_]
    ends: NDArray[np.int64]
    names: tuple[str, ...] = field(repr=False)

    def __len__(self) -> int:
        return len(self.ends) - 1

    @overload
    def __getitem__(self, index: int) -> Boxes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Boxes]: ...
    def __getitem__(self, index: int | slice) -> Boxes | Sequence[Boxes]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        part = self.part(index)
        labels = tuple(self.names[code] for code in self.codes[part].tolist())
        crowd = self.crowd[part]
        return Boxes(labels, self.corners[part], tuple(crowd.tolist()) if crowd.any() else ())

    def part(self, index: int) -> slice:
        """Where the boxes of one image are."""
        index = range(len(self))[index]
        return slice(int(self.ends[index]), int(self.ends[index + 1]))


@dataclass(frozen=True, slots=True)
class Tallies(Sequence[Mapping[str, int]]):
    """How many boxes of each class each image has."""

    arrays: BoxArrays

    def __len__(self) -> int:
        return len(self.arrays)

    @overload
    def __getitem__(self, index: int) -> Mapping[str, int]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Mapping[str, int]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        codes = self.arrays.codes[self.arrays.part(index)]
        return Counter(self.arrays.names[code] for code in codes.tolist())
