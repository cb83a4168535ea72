"""The outlines of the objects of many images as a few arrays, and masks that are painted of them."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.media.orientation import Shape

FEWEST = 3  # points of an outline


@dataclass(slots=True)
class Outlines:
    """The outlines of all objects of a split, in a few arrays. Picklable.

    `points` are x and y in turn; ring r has those up to `rings[r + 1]`, object o the rings up to `objects[o + 1]` or
    else the run lengths `runs[o]`, image i the objects up to `images[i + 1]`.
    """

    points: array[float] = field(default_factory=lambda: array("f"))
    rings: array[int] = field(default_factory=lambda: array("q", [0]))
    objects: array[int] = field(default_factory=lambda: array("q", [0]))
    values: array[int] = field(default_factory=lambda: array("H"))
    runs: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    images: array[int] = field(default_factory=lambda: array("q", [0]))
    shapes: list[Shape] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)  # the images whose outlines are to be turned with them

    def add(self, outline: Any, value: int) -> tuple[bool, int]:
        """One object of the image that is next: whether it has an outline, and how many rings have too few points.

        Raises `ValueError` for what is not an outline.
        """
        short = 0
        if isinstance(outline, Mapping):
            size = outline.get("size")
            if (
                not isinstance(outline.get("counts"), list | str)
                or not isinstance(size, list)
                or len(size) != 2
            ):
                raise ValueError("run lengths have counts and a size")
            self.runs[len(self.values)] = outline
        elif not isinstance(outline, list) or not all(isinstance(ring, list) for ring in outline):
            raise ValueError("lists of x, y, x, y, ... are wanted, or run lengths")
        else:
            for points in [_points(ring) for ring in outline]:  # all are read before one is kept
                if len(points) < 2 * FEWEST:
                    short += 1
                    continue
                self.points.extend(points)
                self.rings.append(len(self.points))
        self.objects.append(len(self.rings) - 1)
        self.values.append(value)
        return self.objects[-1] > self.objects[-2] or isinstance(outline, Mapping), short

    def close(self, shape: Shape) -> NDArray[np.float64]:
        """The image has no more objects. Its points (N, 2)."""
        first = self.rings[self.objects[self.images[-1]]]
        self.images.append(len(self.values))
        self.shapes.append(shape)
        return np.array(self.points[first:], dtype=np.float64).reshape(-1, 2)

    def any(self) -> bool:
        """Whether there is an outline."""
        return bool(self.points or self.runs)

    def paint(self, index: int) -> NDArray[np.uint16]:
        """The values of the pixels of an upright image (H, W); later objects lie on earlier ones."""
        width, height = self.shapes[index].upright
        values = np.zeros((height, width), dtype=np.uint16)
        for number in range(self.images[index], self.images[index + 1]):
            inside = self._inside(number, self.shapes[index], index in self.stored)
            if inside is not None:
                values[inside] = self.values[number]
        return values

    def _inside(self, number: int, shape: Shape, stored: bool) -> NDArray[np.bool_] | None:
        """Which pixels of the upright image an object covers; None for one without an outline.

        Run lengths are of an image of their own size, which tells whether they are to be turned.
        """
        from pycocotools import mask as run_lengths

        width, height = shape.stored if stored else shape.upright
        encoded = self._encoded(number, height, width, run_lengths)
        if encoded is None:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools and NumPy 2
            inside: NDArray[np.bool_] = run_lengths.decode(encoded).astype(bool)
        size = inside.shape[::-1]
        turn = stored if shape.stored == shape.upright else size == shape.stored
        return shape.turned_pixels(inside) if turn else inside

    def _encoded(self, number: int, height: int, width: int, run_lengths: Any) -> Any:
        """An object as pycocotools has it; None for one without an outline."""
        if number in self.runs:
            runs = self.runs[number]
            return run_lengths.frPyObjects(runs, height, width) if isinstance(runs["counts"], list) else runs
        rings = range(self.objects[number], self.objects[number + 1])
        polygons = [list(self.points[self.rings[ring] : self.rings[ring + 1]]) for ring in rings]
        return run_lengths.merge(run_lengths.frPyObjects(polygons, height, width)) if polygons else None


def _points(ring: Sequence[float]) -> array[float]:
    """x and y of each point in turn. Raises `ValueError`, and `TypeError` for what is not a number."""
    if len(ring) % 2:
        raise ValueError(f"a ring of {len(ring)} numbers: x and y of each point are wanted")
    return array("f", ring)


def box_round(outline: Any) -> list[float] | None:
    """Left, top, width and height of the smallest box round an object; None for what is not an outline."""
    from pycocotools import mask as run_lengths

    try:
        if isinstance(outline, Mapping):
            runs = (
                outline
                if isinstance(outline["counts"], str)
                else run_lengths.frPyObjects(outline, *outline["size"])
            )
            return [float(side) for side in run_lengths.toBbox(runs)]
        points = np.concatenate([np.array(_points(ring)).reshape(-1, 2) for ring in outline])
        return [*points.min(axis=0).tolist(), *np.ptp(points, axis=0).tolist()]
    except Exception:  # pycocotools raises many kinds of error for what it cannot read
        return None


@dataclass(frozen=True, slots=True)
class PaintedMask:
    """One image of `Outlines`: a `Mask`."""

    outlines: Outlines
    index: int
    names: Mapping[int, str]
    coloured: bool = False

    def read(self) -> NDArray[np.uint16]:
        """Values (H, W) of the upright image."""
        return self.outlines.paint(self.index)
