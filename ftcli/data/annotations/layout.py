"""Images with boxes, whatever the layout of their annotations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.box_reader import BoxReader
from ftcli.data.annotations.turned_images import TurnedImages
from ftcli.data.names.split_names import plainest, role_of
from ftcli.data.sources.base import Family, Opened, Opener, Several, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.orientation import shape_of

SHOWN = 5  # how many missing images a message names


class Annotations(Protocol):
    """What was said of the images of a split, in order, and the classes that are named, used or not.

    `folder` is where the images are, if not where the split says. `notes` are known once all were read, as `skipped`,
    a line for each image that was left out.
    """

    @property
    def known(self) -> tuple[str, ...]: ...
    @property
    def folder(self) -> Path | None: ...
    @property
    def notes(self) -> Sequence[str]: ...
    @property
    def skipped(self) -> Sequence[str]: ...

    def __iter__(self) -> Iterator[Annotated]: ...


@dataclass(frozen=True, slots=True)
class BoxedImages:
    """One split: images in a folder, and what `annotated()` says of each."""

    name: str
    what: str
    folder: Path
    annotated: Callable[[], Annotations]
    keys: frozenset[str] = frozenset()
    holds: Modality | None = IMAGE

    def reads(self, files: Modality) -> frozenset[str]:
        return self.keys

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        annotations = self.annotated()
        found = FoundImages(self.name, annotations.folder or self.folder, "root" in self.keys)
        boxes = BoxReader(self.name, TurnedImages.read_by(reading, self.name, "boxes"))
        for one in annotations:
            path = found.add(one.image, one.where)
            if path is None or not reading.labelled:
                boxes.none()
            elif problem := one.problem or _added(boxes, one, path):
                found.refuse(problem)
                boxes.none()
        found.check()
        rows = FolderRows(found.folder, found.names)
        labels = boxes.labels(reading.kind, annotations.known) if reading.labelled else Unlabelled(len(rows))
        notes = (*annotations.notes, *boxes.notes())
        skipped, learned = tuple(annotations.skipped), Learned(upright=boxes.turned.told())
        return Opened(rows, labels, notes, broken=found.broken, skipped=skipped, learned=learned)


def _added(boxes: BoxReader, one: Annotated, path: Path) -> str:
    """Take the boxes of one image; what is wrong with them, if something is."""
    try:
        boxes.add(one, shape_of(path))
    except DataError as error:
        return str(error)
    return ""


class FoundImages:
    """The images that annotations name, one after another, in a folder; `rooted` if data.root is for another one."""

    def __init__(self, name: str, folder: Path, rooted: bool) -> None:
        self.name, self.folder, self.rooted = name, folder, rooted
        self.names, self.broken = Names(), BrokenFiles(f"in {name}", IMAGE_FILES)
        self.missing: list[str] = []

    def add(self, image: str, where: str) -> Path | None:
        """The file of the next image; None for one that is broken or missing. `where` names it."""
        path = self.folder / image
        self.names.append(image)
        if not os.path.lexists(path):
            self.missing.append(image)
            self.broken.missing(f"{where}: {path} does not exist")
            return None
        return path if self.broken.add(path) else None

    def refuse(self, problem: str) -> None:
        """The last image cannot be used, as something is wrong with what is said of it."""
        self.broken.also(len(self.names) - 1, problem)

    def check(self) -> None:
        """Raise `DataError` for a split without images, or of which none exists."""
        if not len(self.names):
            raise DataError(f"{self.name} has no images")
        hint = "; set data.root for another folder" if self.rooted else ""
        if len(self.missing) == len(self.names):
            shown = ", ".join(self.missing[:SHOWN]) + (", ..." if len(self.missing) > SHOWN else "")
            raise DataError(
                f"{len(self.missing):,} of the {len(self.names):,} images in {self.name} do not exist in "
                f"{self.folder.absolute()}: {shown}{hint}"
            )
        if self.missing:
            self.broken.hint = hint


@dataclass(slots=True)
class Made:
    """Annotations that a function makes."""

    make: Callable[[], Iterator[Annotated]]
    known: tuple[str, ...] = ()
    folder: Path | None = None
    notes: Sequence[str] = ()
    skipped: Sequence[str] = ()

    def __iter__(self) -> Iterator[Annotated]:
        return self.make()


def family(path: Path, openers: Mapping[str, Opener]) -> Family:
    """The splits that were found at a path; one alone has no name, unless that is a usual one."""
    if len(openers) == 1 and role_of(next(iter(openers))) is None:
        return Single(next(iter(openers.values())))
    usual = plainest((own, role_of(own)) for own in openers)
    others = tuple(name for name in openers if name not in usual.values())
    return Several(str(path), usual, openers.__getitem__, others)
