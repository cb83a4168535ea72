"""Boxes of many images as a few arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Boxes
from ftcli.errors import DataError

SIDES = 4


@dataclass(frozen=True, slots=True)
class Annotated:
    """What was said of one image. `corners` (N, 4): left, top, right, bottom, in pixels.

    They are of the image turned upright, or as it is stored: its stated `size` (width, height) is evidence of which.
    `fractions` are parts of its sides in place of pixels. `where` is for messages. `problem` says what is wrong, and
    where, with an image that cannot be used.
    """

    image: str  # relative to the folder of images
    corners: NDArray[np.float64]
    labels: Sequence[str]
    where: str
    crowd: Sequence[bool] = ()
    size: tuple[int, int] | None = None
    fractions: bool = False
    problem: str = ""

    @classmethod
    def unusable(cls, image: str, where: str, error: DataError) -> Annotated:
        """An image whose annotations cannot be read."""
        return cls(image, np.zeros((0, SIDES)), (), where, problem=str(error))


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
