"""Annotations of YOLO: a text file for each image, with `class centre-x centre-y width height` a line, as fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.layout import Annotations, BoxedImages
from ftcli.data.names.split_names import role_of
from ftcli.data.sources.base import Opener
from ftcli.data.yolo.images import LIST, LabelFiles, Pictures
from ftcli.data.yolo.key_points import PointsOfSet
from ftcli.data.yolo.layout import yolo_layout
from ftcli.data.yolo.lines import LineReader
from ftcli.data.yolo.names import ClassNames
from ftcli.errors import DataError, listing

WHAT = "annotations of YOLO"
KEYS = frozenset({"missing_labels"})


def yolo_splits(path: Path, *, named: bool, missing: str = "fail") -> Mapping[str, Opener]:
    """The splits that a data.yaml or a .data file lists; else those of the folders, or of lists of images, at a path.

    Classes are called as the settings or classes.txt say if `named`, else by their numbers. Images without a file of
    labels have no objects, or are left out if `missing`, which is `data.missing_labels`, is "skip".
    """
    layout = yolo_layout(path)
    if layout is None:
        return {}
    names = ClassNames(layout.settings, layout.top) if named else None
    points = PointsOfSet(layout.points(), tuple(layout.splits.values()))
    told = next((name for name in layout.splits if role_of(name) == "train"), next(iter(layout.splits), None))
    openers: dict[str, Opener] = {}
    for name, pictures in layout.splits.items():
        notes = tuple(layout.notes) if name == told else ()
        annotated = partial(Labels, pictures, names, points, notes, skips=missing == "skip")
        openers[name] = BoxedImages(pictures.name, WHAT, pictures.base, annotated, KEYS)
    for name, problem in layout.missing.items():
        openers[name] = BoxedImages(
            str(layout.settings.file), WHAT, layout.settings.root, partial(_refused, problem)
        )
    return openers


def _refused(problem: str) -> Annotations:
    raise DataError(problem)


@dataclass(slots=True)
class Labels:
    """What the files of labels say of the images of a split; `names` are None where numbers are the classes.

    `before` are notes on how the split was found.
    """

    pictures: Pictures
    names: ClassNames | None
    points: PointsOfSet
    before: tuple[str, ...] = ()
    skips: bool = False
    folder: None = None
    skipped: list[str] = field(default_factory=list)
    _odd: dict[str, tuple[int, str]] = field(default_factory=dict)
    _order: str | None = None

    @property
    def known(self) -> tuple[str, ...]:
        return self.names.known() if self.names is not None else ()

    def __iter__(self) -> Iterator[Annotated]:
        """Raises `DataError` where no image has a file of labels: nobody says so that there are no objects."""
        files, reader = LabelFiles(), LineReader(self.points.get(), self._add)
        images = labelled = there = 0
        for image in self.pictures.names(self._add):
            path = self.pictures.base / image
            file = files.of(path, self._add)
            images, labelled = images + 1, labelled + (file is not None)
            there = there or path.exists()
            if file is None and self._is_skipped(image):
                continue
            yield self._annotated(image, file or files.folders(path.parent)[0] / f"{path.stem}{LIST}", reader)
        if there and not labelled:
            folders = listing(files.looked_in(), 4)
            raise DataError(
                f"{self.pictures.name}: none of its {images:,} images has a file of labels in {folders}"
            )
        for spare in files.spare() if all(place.is_dir() for place in self.pictures.places) else ():
            self._add("files of labels without an image, not used", 1, str(spare))
        self._order = reader.order.note()

    def _is_skipped(self, image: str) -> bool:
        """Count an image without a file of labels, and say whether it is left out."""
        if self.skips:
            self.skipped.append(f"{self.pictures.base / image} has no file of labels")
            self._add("images without a file of labels, left out (skipped.txt in the run has all)", 1, image)
        else:
            hint = "data.missing_labels: skip leaves them out"
            self._add(f"images without a file of labels, taken for images without objects ({hint})", 1, image)
        return self.skips

    def _annotated(self, image: str, file: Path, reader: LineReader) -> Annotated:
        names = self.names.of(file.parent) if self.names is not None else None
        try:
            lines = list(reader.read(file, names)) if file.is_file() else []
        except DataError as error:
            return Annotated.unusable(image, str(file), error)
        sides = np.array([sides for _, sides in lines], dtype=np.float64).reshape(-1, 4)
        return Annotated(image, sides, [name for name, _ in lines], self.pictures.name, fractions=True)

    def _add(self, words: str, count: int, where: str) -> None:
        before, first = self._odd.get(words, (0, where))
        self._odd[words] = before + count, first

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd, once all images were read."""
        name, points = self.pictures.name, self.points.get()
        found = list(self.before)
        if self.points.guessed:
            found.append(
                f"{name}: lines are taken for boxes with {points.count} key points of {points.size} numbers, as their "
                "numbers tell; kpt_shape in data.yaml says how many there are, or [0, 0] where lines are outlines"
            )
        found += [
            f"{name}: {words}: {count:,}, the first in {first}" for words, (count, first) in self._odd.items()
        ]
        found += [f"{name}: {self._order}"] if self._order is not None else []
        return (*found, *(self.names.notes() if self.names is not None else ()))
