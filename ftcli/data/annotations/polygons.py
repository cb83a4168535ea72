"""Masks from outlines of objects, as COCO has them: painted when they are asked for."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.box_arrays import is_upright
from ftcli.data.annotations.coco import WHAT, Coco, image_folder, read_coco
from ftcli.data.annotations.layout import check_images
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names
from ftcli.data.targets.columns import Structures, Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.orientation import UPRIGHT, Shape, shape_of

BACKGROUND = "background"  # the class of pixels that no outline encloses; its value is 0


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
    sizes: list[tuple[int, int, int]] = field(
        default_factory=list
    )  # width, height, and the orientation to turn from

    def add(self, outline: Any, value: int) -> None:
        """One object of the image that is next. Raises `ValueError` for what is not an outline."""
        if isinstance(outline, Mapping):
            if not isinstance(outline.get("counts"), list | str) or not isinstance(outline.get("size"), list):
                raise ValueError("run lengths have counts and a size")
            self.runs[len(self.values)] = outline
        elif not isinstance(outline, list) or not all(isinstance(ring, list) for ring in outline):
            raise ValueError("lists of x, y, x, y, ... are wanted, or run lengths")
        else:
            for ring in outline:
                if len(ring) < 6 or len(ring) % 2:
                    raise ValueError(f"a ring of {len(ring)} numbers: x and y of 3 points or more are wanted")
                self.points.extend(ring)
                self.rings.append(len(self.points))
        self.objects.append(len(self.rings) - 1)
        self.values.append(value)

    def close(self, size: tuple[int, int], orientation: int) -> None:
        """The image has no more objects."""
        self.images.append(len(self.values))
        self.sizes.append((*size, orientation))

    def paint(self, index: int) -> NDArray[np.uint16]:
        """The values of an image's pixels (H, W); later objects lie on earlier ones."""
        from pycocotools import mask as run_lengths

        width, height, orientation = self.sizes[index]
        values = np.zeros((height, width), dtype=np.uint16)
        for number in range(self.images[index], self.images[index + 1]):
            encoded = self._encoded(number, height, width, run_lengths)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools and NumPy 2
                inside = None if encoded is None else run_lengths.decode(encoded).astype(bool)
            if inside is not None:
                values[inside] = self.values[number]
        turn = UPRIGHT.get(orientation)
        return values if turn is None else np.asarray(Image.fromarray(values).transpose(turn))

    def _encoded(self, number: int, height: int, width: int, run_lengths: Any) -> Any:
        """An object as pycocotools has it; None for one without an outline."""
        if number in self.runs:
            runs = self.runs[number]
            return run_lengths.frPyObjects(runs, height, width) if isinstance(runs["counts"], list) else runs
        rings = range(self.objects[number], self.objects[number + 1])
        polygons = [list(self.points[self.rings[ring] : self.rings[ring + 1]]) for ring in rings]
        return run_lengths.merge(run_lengths.frPyObjects(polygons, height, width)) if polygons else None


@dataclass(frozen=True, slots=True)
class PaintedMask:
    """One image of `Outlines`: a `Mask`."""

    outlines: Outlines
    index: int
    names: Mapping[int, str]
    coloured: bool = False

    def read(self) -> NDArray[np.uint16]:
        """Values (H, W)."""
        return self.outlines.paint(self.index)


@dataclass(frozen=True, slots=True)
class OutlinedImages:
    """The images of one file of annotations, with masks of its outlines."""

    path: Path
    folder: Path
    what: str = WHAT
    holds: Modality | None = IMAGE

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"root"})

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        coco = read_coco(self.path, outlines=True)
        names, broken = Names(), BrokenFiles(f"in {self.name}", IMAGE_FILES)
        for image in coco.images:
            names.append(image["file_name"])
        missing = [name for name in names_of(coco) if not (self.folder / name).is_file()]
        check_images(self, len(names), missing)
        for name in names_of(coco):
            broken.add(self.folder / name)
        rows = FolderRows(self.folder, names)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), broken=broken)
        return Opened(rows, *_labels(reading.kind, coco, self.folder, broken), broken=broken)


def outlined_images(path: Path, root: Path | None) -> OutlinedImages:
    """The images of one file."""
    return OutlinedImages(path, root or image_folder(path))


def names_of(coco: Coco) -> list[str]:
    """The files of the images."""
    return [image["file_name"] for image in coco.images]


def _labels(
    kind: TargetKind, coco: Coco, folder: Path, broken: BrokenFiles
) -> tuple[Structures, tuple[str, ...]]:
    """Masks of all images; nothing is painted. Pixels are counted by the area that is stated for each object."""
    names = {0: BACKGROUND, **dict(enumerate(coco.categories.values(), 1))}
    values = dict(zip(coco.categories, range(1, len(coco.categories) + 1), strict=True))
    outlines, bare = Outlines(), 0
    tallies: list[Mapping[str, int]] = []
    for row, image in enumerate(coco.images):
        if row in broken.found:  # its sides are unknown, and it will not be used
            outlines.close((1, 1), 1)
            tallies.append({})
            continue
        shape = shape_of(folder / image["file_name"])
        tally = {BACKGROUND: shape.width * shape.height}
        for annotation in coco.of(image):
            name, outline = coco.categories[annotation["category_id"]], annotation.get("segmentation")
            if not outline:
                bare += 1
                continue
            _add(outlines, annotation, values[annotation["category_id"]], coco)
            area = min(tally[BACKGROUND], max(1, round(float(annotation.get("area") or 1))))
            tally[name] = tally.get(name, 0) + area
            tally[BACKGROUND] -= area
        _close(outlines, image, coco, shape)
        tallies.append({name: count for name, count in tally.items() if count})
    if not len(outlines.values):
        raise DataError(f"{coco.path}: no annotation has an outline (segmentation) to make masks from")
    notes = (f"{coco.path}: objects without an outline, left out: {bare:,}",) if bare else ()
    items = [PaintedMask(outlines, index, names) for index in range(len(coco.images))]
    return Structures(kind, items, tallies, tuple(names.values())), notes


def _add(outlines: Outlines, annotation: Mapping[str, Any], value: int, coco: Coco) -> None:
    try:
        outlines.add(annotation["segmentation"], value)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{coco.path}: annotation {annotation.get('id', '?')}: its segmentation: {error}"
        ) from None


def _close(outlines: Outlines, image: Mapping[str, Any], coco: Coco, shape: Shape) -> None:
    """The mask is turned as its image will be, unless its stated size is that of the turned one."""
    stored = (shape.width, shape.height)
    turned = is_upright(coco.size(image), shape, coco.where(image), image["file_name"])
    outlines.close(shape.upright if turned else stored, 1 if turned else shape.orientation)
