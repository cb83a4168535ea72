"""Masks from outlines of objects, as COCO has them: painted when they are asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.coco import WHAT, image_folders
from ftcli.data.annotations.coco_file import Coco, Picture, pictures, read_coco
from ftcli.data.annotations.layout import FoundImages
from ftcli.data.annotations.outlines import Outlines, PaintedMask
from ftcli.data.annotations.pixel_units import PixelUnits
from ftcli.data.annotations.turned_images import Evidence, TurnedImages, by_place, by_size
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows
from ftcli.data.targets.columns import Structures, Unlabelled
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError
from ftcli.media.orientation import Shape, shape_of

BACKGROUND = "background"  # the class of pixels that no outline encloses; its value is 0


@dataclass(frozen=True, slots=True)
class OutlinedImages:
    """The images of one file of annotations, with masks of its outlines."""

    path: Path
    root: Path | None
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
        said = pictures(coco, image_folders(self.path, self.root))
        found = FoundImages(self.name, said.folder, rooted=True)
        painter = _Painter(coco, reading)
        for picture in said.files:
            path = found.add(picture.file, picture.where)
            if not reading.labelled:
                continue
            try:
                if path is not None:
                    painter.add(picture, shape_of(path))
                    continue
            except DataError as error:
                found.refuse(str(error))
            painter.none()
        found.check()
        rows = FolderRows(found.folder, found.names)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), said.notes, broken=found.broken)
        labels = painter.labels(reading)
        notes, learned = (*said.notes, *painter.notes()), Learned(upright=painter.turned.told())
        return Opened(rows, labels, notes, broken=found.broken, learned=learned)


def outlined_images(path: Path, root: Path | None) -> OutlinedImages:
    """The images of one file."""
    return OutlinedImages(path, root)


class _Painter:
    """Masks of the images of a file, one after another; nothing is painted yet.

    Pixels are counted by the area that is stated for each object.
    """

    def __init__(self, coco: Coco, reading: Reading) -> None:
        self._coco, self._name = coco, str(coco.path)
        self._names = {0: BACKGROUND, **dict(enumerate(coco.categories.values(), 1))}
        self._values = dict(zip(coco.categories, range(1, len(coco.categories) + 1), strict=True))
        self._outlines = Outlines()
        self._tallies: list[Mapping[str, int]] = []
        self.turned = TurnedImages.read_by(reading, self._name, "outlines")
        self._units = PixelUnits(self._name, "outlines")
        self._bare, self._short, self._first_short = 0, 0, ""

    def none(self) -> None:
        """An image that cannot be used: its sides are unknown."""
        self._outlines.close(Shape(1, 1))
        self._tallies.append({})

    def add(self, picture: Picture, shape: Shape) -> None:
        """The outlines of the next image. Raises `DataError` for what are none."""
        size = by_size(picture.size, shape, picture.where, picture.file)
        by_runs: bool | None = None
        tally = {BACKGROUND: shape.width * shape.height}
        for annotation in picture.annotations:
            if not annotation.get("segmentation"):
                self._bare += 1
                continue
            told, drawn = self._object(annotation, shape)
            by_runs = by_runs if told is None else told
            if drawn:
                name = self._coco.categories[annotation["category_id"]]
                area = min(tally[BACKGROUND], _area(annotation))
                tally[name] = tally.get(name, 0) + area
                tally[BACKGROUND] -= area
        points = self._outlines.close(shape)
        self._units.add(points, shape, picture.file)
        if shape.orientation != 1:
            self.turned.add(
                len(self._tallies), picture.file, Evidence(size, by_place(points, shape), by_runs)
            )
        self._tallies.append({name: count for name, count in tally.items() if count})

    def _object(self, annotation: Mapping[str, Any], shape: Shape) -> tuple[bool | None, bool]:
        """Take one object. What the size of its run lengths tells, if it has those; and whether it has an outline."""
        outline, where = annotation["segmentation"], self._coco.annotation(annotation)
        try:
            kept, short = self._outlines.add(outline, self._values[annotation["category_id"]])
        except (ValueError, TypeError) as error:
            raise DataError(f"{where}: its segmentation: {error}") from None
        if short:
            self._first_short = self._first_short or where
            self._short += short
        if not isinstance(outline, Mapping):
            return None, kept
        height, width = outline["size"]
        return by_size((width, height), shape, where, "its image", exact=True), kept

    def labels(self, reading: Reading) -> Structures:
        """Masks of all images. Raises `DataError` where there are no outlines, or they are no pixels."""
        self._units.check()
        if not self._outlines.any():
            raise DataError(f"{self._name}: no annotation has an outline (segmentation) to make masks from")
        self._outlines.stored = {row for row, upright in self.turned.upright().items() if not upright}
        items = [PaintedMask(self._outlines, index, self._names) for index in range(len(self._tallies))]
        return Structures(reading.kind, items, self._tallies, tuple(self._names.values()))

    def notes(self) -> tuple[str, ...]:
        """Which way up outlines are, and what was left out."""
        said = [*self.turned.notes(), *self._units.notes()]
        if self._bare:
            said.append(f"{self._name}: objects without an outline, left out: {self._bare:,}")
        if self._short:
            words = f"outlines of fewer than 3 points, left out: {self._short:,}, the first in {self._first_short}"
            said.append(f"{self._name}: {words}")
        return tuple(said)


def _area(annotation: Mapping[str, Any]) -> int:
    """The pixels that are stated for an object; 1 where no number is."""
    area = annotation.get("area")
    return max(1, round(area)) if isinstance(area, int | float) and math.isfinite(area) else 1
