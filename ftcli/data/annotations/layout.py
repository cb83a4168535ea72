"""Images with boxes, in the layouts of COCO, Pascal VOC and YOLO."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.data.annotations.box_arrays import Annotated, BoxReader
from ftcli.data.sources.base import Family, Opened, Opener, Several, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import SPLITS, FolderRows, Names
from ftcli.data.targets.columns import Reading, unlabelled
from ftcli.errors import DataError
from ftcli.media.formats import MEDIA
from ftcli.media.integrity import Broken
from ftcli.media.orientation import shape_of
from ftcli.system.paths import no_such_path

SHOWN = 5  # how many missing images a message names
LAYOUTS = (
    "COCO (annotations/instances_train.json beside the images, or a .json), Pascal VOC (JPEGImages, Annotations and "
    "ImageSets/Main, or images with .xml beside them) and YOLO (images and labels, or a data.yaml)"
)


class InFolder(Opener, Protocol):
    """A split whose images are in a folder."""

    @property
    def folder(self) -> Path: ...


class Annotations(Protocol):
    """What was said of the images of a split, in order, and the classes that are named, used or not."""

    @property
    def known(self) -> tuple[str, ...]: ...

    def __iter__(self) -> Iterator[Annotated]: ...


@dataclass(frozen=True, slots=True)
class BoxedImages:
    """One split: images in a folder, and what `annotated()` says of each."""

    name: str
    what: str
    folder: Path
    annotated: Callable[[], Annotations]
    keys: frozenset[str] = frozenset()
    holds: Modality | None = "image"

    def reads(self, modality: Modality) -> frozenset[str]:
        return self.keys

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        names, broken, boxes = Names(), Broken(f"in {self.name}", MEDIA["image"]), BoxReader(self.name)
        missing: list[str] = []
        annotations = self.annotated()
        for one in annotations:
            path = self.folder / one.image
            names.append(one.image)
            if not path.is_file():
                missing.append(one.image)
                continue
            if broken.look(path):
                boxes.add(one, shape_of(path))
            else:
                boxes.none()
        check_images(self, len(names), missing)
        rows = FolderRows(self.folder, names)
        labels = boxes.labels(annotations.known) if reading.kind is not None else unlabelled(len(rows))
        return Opened(rows, labels, boxes.notes(), broken=broken)


def check_images(opener: InFolder, images: int, missing: list[str]) -> None:
    """Raise `DataError` for a split without images, or some that do not exist."""
    if not images:
        raise DataError(f"{opener.name} has no images")
    if missing:
        shown = ", ".join(missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        hint = "; set data.root for another folder" if "root" in opener.reads("image") else ""
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


def role_of(name: str) -> str | None:
    """`train` for `train2017`, `val` for `valid`, and None for what is no usual split."""
    word = re.sub(r"[\W_]*\d*$", "", name.lower())
    return next((role for role, words in SPLITS.items() if word in words), None)


def boxes(path: Path, data: Data, places: Places, key: str) -> Family:
    """The splits at a path. Raises `DataError` where no boxes can be found."""
    openers = _openers(path, data, places)
    if not openers:
        raise places.error(key, f"{path}: no boxes were found. Known are {LAYOUTS}")
    return family(path, openers)


def family(path: Path, openers: Mapping[str, Opener]) -> Family:
    """The splits that were found at a path; one alone has no name, unless that is a usual one."""
    if len(openers) == 1 and role_of(next(iter(openers))) is None:
        return Single(next(iter(openers.values())))
    found = {role: own for own in openers if (role := role_of(own)) is not None}
    usual = {role: found[role] for role in SPLITS if role in found}
    others = tuple(name for name in openers if name not in usual.values())
    return Several(str(path), usual, openers.__getitem__, others)


def image_root(data: Data, places: Places) -> Path | None:
    """`data.root` as a folder. Raises `DataError` for one that does not exist."""
    root = Path(data.root).expanduser() if data.root is not None else None
    if root is not None and not root.is_dir():
        raise places.error("root", no_such_path(root))
    return root


def _openers(path: Path, data: Data, places: Places) -> Mapping[str, Opener]:
    """The splits by the first layout that the path has."""
    root = image_root(data, places)
    return next((found for found in _layouts(path, root, data.class_names is None) if found), {})


def _layouts(path: Path, root: Path | None, named: bool) -> Iterator[Mapping[str, Opener]]:
    from ftcli.data.annotations.coco import coco_files, coco_images
    from ftcli.data.annotations.voc import voc_splits
    from ftcli.data.annotations.yolo import yolo_splits

    files = coco_files(path)
    yield {name: coco_images(file, root) for name, file in files.items()}
    if path.is_dir():
        yield voc_splits(path)
    yield yolo_splits(path, named=named)
