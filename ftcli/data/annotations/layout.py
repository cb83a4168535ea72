"""Images with boxes, whatever the layout of their annotations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.box_arrays import Annotated, BoxReader
from ftcli.data.sources.base import Family, Opened, Opener, Several, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import SPLITS, FolderRows, Names
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.orientation import shape_of

SHOWN = 5  # how many missing images a message names


class InFolder(Opener, Protocol):
    """A split whose images are in a folder."""

    @property
    def folder(self) -> Path: ...


class Annotations(Protocol):
    """What was said of the images of a split, in order, and the classes that are named, used or not."""

    @property
    def known(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Iterator[Annotated]: ...

    def notes(self) -> tuple[str, ...]:
        """What was odd about them, once all images were read."""
        ...


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
        names, broken, boxes = Names(), BrokenFiles(f"in {self.name}", IMAGE_FILES), BoxReader(self.name)
        missing: list[str] = []
        annotations = self.annotated()
        for one in annotations:
            path = self.folder / one.image
            names.append(one.image)
            if not path.is_file():
                missing.append(one.image)
                continue
            if broken.add(path):
                boxes.add(one, shape_of(path))
            else:
                boxes.none()
        check_images(self, len(names), missing)
        rows = FolderRows(self.folder, names)
        labels = boxes.labels(reading.kind, annotations.known) if reading.labelled else Unlabelled(len(rows))
        return Opened(rows, labels, (*annotations.notes(), *boxes.notes()), broken=broken)


def check_images(opener: InFolder, images: int, missing: list[str]) -> None:
    """Raise `DataError` for a split without images, or some that do not exist."""
    if not images:
        raise DataError(f"{opener.name} has no images")
    if missing:
        shown = ", ".join(missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        hint = "; set data.root for another folder" if "root" in opener.reads(IMAGE) else ""
        raise DataError(
            f"{len(missing):,} of the {images:,} images in {opener.name} do not exist in "
            f"{opener.folder.absolute()}: {shown}{hint}"
        )


@dataclass(frozen=True, slots=True)
class Made:
    """Annotations that a function makes."""

    make: Callable[[], Iterator[Annotated]]
    known: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Annotated]:
        return self.make()

    def notes(self) -> tuple[str, ...]:
        return ()


def role_of(name: str) -> str | None:
    """`train` for `train2017`, `val` for `valid`, and None for any other name."""
    word = re.sub(r"[\W_]*\d*$", "", name.lower())
    return next((role for role, words in SPLITS.items() if word in words), None)


def family(path: Path, openers: Mapping[str, Opener]) -> Family:
    """The splits that were found at a path; one alone has no name, unless that is a usual one."""
    if len(openers) == 1 and role_of(next(iter(openers))) is None:
        return Single(next(iter(openers.values())))
    found = {role: own for own in openers if (role := role_of(own)) is not None}
    usual = {role: found[role] for role in SPLITS if role in found}
    others = tuple(name for name in openers if name not in usual.values())
    return Several(str(path), usual, openers.__getitem__, others)
