"""Folders of images, and of masks that are named like them; or outlines, as COCO has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality, TargetKind
from ftcli.contracts.modalities import IMAGE
from ftcli.data.annotations.coco import coco_files, recognised_files
from ftcli.data.annotations.layout import family
from ftcli.data.annotations.mask_file import MaskFile
from ftcli.data.annotations.polygons import outlined_images
from ftcli.data.annotations.turned_images import Evidence, TurnedImages, by_proportions
from ftcli.data.annotations.voc_files import listed, split_lists
from ftcli.data.sources.base import Family, Opened, Several, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import FolderRows, Names, entries, split_folders
from ftcli.data.sources.tables import root_of
from ftcli.data.targets.columns import Structures, Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, listing
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES
from ftcli.media.orientation import Shape, shape_of

IGNORED = 255  # the value of unlabelled pixels, as in Pascal VOC
IMAGES = ("images", "image", "imgs", "img", "JPEGImages")
MASKS = ("masks", "mask", "labels", "label", "annotations", "annotation", "annot", "SegmentationClass")
LAYOUTS = (
    "train + trainannot, train/images + train/masks, images/train + masks/train, images + masks, Pascal VOC "
    "(JPEGImages, SegmentationClass and ImageSets/Segmentation) and COCO (annotations/instances_train.json)"
)


@dataclass(frozen=True, slots=True)
class MaskedImages:
    """A folder of images and one of masks; only the images in the list `chosen`, if there is one."""

    images: Path
    masks: Path
    ignored: int = IGNORED
    chosen: Path | None = None
    what: str = "a folder of images with masks"
    holds: Modality | None = IMAGE

    @property
    def name(self) -> str:
        return str(self.chosen or self.images)

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset({"mask", "ignore_index"})

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        found = _pairs(self.images, self.masks, self.chosen)
        names, broken = Names(), BrokenFiles(f"in {self.images}", IMAGE_FILES)
        for image in found.pairs:
            names.append(image)
            broken.add(f"{self.images}/{image}")
        rows = FolderRows(self.images, names)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), found.notes, broken=broken)
        turned = TurnedImages(str(self.images), "masks", reading.orientation)
        labels = self._labels(reading.kind, found, broken, turned)
        return Opened(rows, labels, (*found.notes, *turned.notes()), broken=broken)

    def _labels(
        self, kind: TargetKind, found: _Pairs, broken: BrokenFiles, turned: TurnedImages
    ) -> Structures:
        """Every mask is read once, to know its classes."""
        tallies: list[Mapping[str, int]] = []
        values: set[int] = set()
        shapes: dict[int, Shape] = {}  # of the images that EXIF turns
        for row, (image, mask) in enumerate(found.pairs.items()):
            try:
                read = MaskFile(self.masks / mask, {}).read()
                if row not in broken.found and (shape := self._turned(row, image, mask, read, turned)):
                    shapes[row] = shape
                present, counts = np.unique(read, return_counts=True)
            except DataError as error:
                broken.also(row, str(error))
                tallies.append({})
                continue
            pixels = dict(zip(present.tolist(), counts.tolist(), strict=True))
            pixels.pop(self.ignored, None)
            tallies.append({str(value): count for value, count in pixels.items()})
            values.update(pixels)
        names = {value: str(value) for value in sorted(values)}
        upright = turned.upright()
        turns = (1 if upright.get(row, True) else shapes[row].orientation for row in range(len(found.pairs)))
        items = [
            MaskFile(self.masks / mask, names, turn)
            for mask, turn in zip(found.pairs.values(), turns, strict=True)
        ]
        return Structures(kind, items, tallies)

    def _turned(
        self, row: int, image: str, mask: str, values: NDArray[Any], turned: TurnedImages
    ) -> Shape | None:
        """The shape of an image that EXIF turns. Raises `DataError` for a mask of other proportions than its image."""
        shape = shape_of(self.images / image)
        told = by_proportions((values.shape[1], values.shape[0]), shape, self.masks / mask)
        if shape.orientation == 1:
            return None
        turned.add(row, image, Evidence(mask=told))
        return shape


@dataclass(frozen=True, slots=True)
class _Pairs:
    pairs: Mapping[str, str]  # image to mask
    notes: tuple[str, ...]


def _pairs(images: Path, masks: Path, chosen: Path | None) -> _Pairs:
    """Raises `DataError` for images without a mask, and for a folder without images."""
    pictures = [name for name in entries(images)[1] if IMAGE_FILES.named(name)]
    if chosen is not None:
        pictures = [*listed(chosen, images)]
    if not pictures:
        raise DataError(f"{images} has no images")
    known = {Path(name).stem: name for name in entries(masks)[1] if IMAGE_FILES.named(name)}
    missing = [name for name in pictures if Path(name).stem not in known]
    if missing:
        raise DataError(
            f"{images}: {len(missing):,} of its {len(pictures):,} images have no mask of the same name in {masks}: "
            f"{listing(missing, 5)}"
        )
    pairs = {name: known.pop(Path(name).stem) for name in pictures}
    spare = f"{masks}: masks without an image were not read: {listing(known.values(), 5)}"
    return _Pairs(pairs, (spare,) if known and chosen is None else ())


def masks(path: Path, data: Data, places: Places, key: str) -> Family:
    """The splits of a folder of images and masks. Raises `DataError` where no masks can be found."""
    ignored = IGNORED if data.ignore_index is None else data.ignore_index
    if data.mask is None and (files := coco_files(path)):
        root = root_of(data, places)
        return family(path, {name: outlined_images(file, root) for name, file in files.items()})
    if not path.is_dir():
        raise places.error(key, f"{path} is a file: a folder of images beside one of masks is wanted")
    if data.mask is not None:
        return _named(path, data.mask, places, ignored)
    if openers := _voc(path, ignored):
        return family(path, openers)
    for layout in _layouts(path, ignored):
        return layout
    if files := recognised_files(path):
        root = root_of(data, places)
        return family(path, {name: outlined_images(file, root) for name, file in files.items()})
    raise places.error(
        key, f"{path}: no masks were found. Known are {LAYOUTS}; data.mask names another folder"
    )


def _voc(path: Path, ignored: int) -> Mapping[str, MaskedImages]:
    """JPEGImages, SegmentationClass, and a list of images for each split, as Pascal VOC has them."""
    images, masks = path / "JPEGImages", path / "SegmentationClass"
    lists = split_lists(path, "Segmentation") if images.is_dir() and masks.is_dir() else {}
    return {name: MaskedImages(images, masks, ignored, file) for name, file in lists.items()}


def _layouts(path: Path, ignored: int) -> Iterator[Family]:
    """What the folder may be, likeliest first."""
    beside = split_folders(path)
    within = {split: f"{name}/{_first(path / name, IMAGES)}" for split, name in beside.items()}
    for folders, masks in ((beside, _beside), (within, _inside), (_images_of_splits(path), _parallel)):
        if "train" in folders and masks(path / folders["train"]) is not None:
            yield _splits(path, folders, _found(masks), ignored)
    for images in filter(None, (path, _joined(path, _first(path, IMAGES)))):
        for masks in (_inside, _parallel, _beside):
            if (folder := masks(images)) is not None:
                yield Single(MaskedImages(images, folder, ignored))


def _named(path: Path, mask: str, places: Places, ignored: int) -> Family:
    """The masks are where the user says: below the source, or anywhere."""

    def masks(images: Path) -> Path:
        named = Path(mask.replace("{split}", images.name)).expanduser()
        folder = next((one for one in (path / named, named) if one.is_dir()), None)
        if folder is None:
            raise places.error("mask", f"no such folder: {path / named}, nor {named.absolute()}")
        return folder

    splits = split_folders(path)
    if splits and "{split}" in mask:
        return _splits(path, splits, masks, ignored)
    return Single(MaskedImages(path, masks(path), ignored))


def _splits(path: Path, folders: Mapping[str, str], masks: Callable[[Path], Path], ignored: int) -> Family:
    """A folder of images for each split, relative to `path`, and where the masks of each are."""

    def split(name: str) -> MaskedImages:
        images = path / folders[name]
        return MaskedImages(images, masks(images), ignored)

    return Several(str(path), {name: name for name in folders}, split)


Find = Callable[[Path], Path | None]


def _found(find: Find) -> Callable[[Path], Path]:
    """As `find`, but the folder must be there. Raises `DataError`."""

    def found(images: Path) -> Path:
        folder = find(images)
        if folder is None:
            raise DataError(f"{images} has no folder of masks as the training split has")
        return folder

    return found


def _beside(images: Path) -> Path | None:
    """train and trainannot, train_masks, ..."""
    names = (f"{images.name}{mark}{word}" for word in MASKS for mark in ("", "_", "-"))
    return next((images.parent / name for name in names if (images.parent / name).is_dir()), None)


def _inside(images: Path) -> Path | None:
    """train/images and train/masks, or images and masks."""
    return _joined(images.parent, _first(images.parent, MASKS)) if images.name in IMAGES else None


def _parallel(images: Path) -> Path | None:
    """images/train and masks/train."""
    if images.parent.name not in IMAGES:
        return None
    root = images.parent.parent
    folders = (root / word / images.name for word in MASKS)
    return next((folder for folder in folders if folder.is_dir()), None)


def _images_of_splits(path: Path) -> dict[str, str]:
    word = _first(path, IMAGES)
    return {} if word is None else {s: f"{word}/{name}" for s, name in split_folders(path / word).items()}


def _first(path: Path, words: tuple[str, ...]) -> str | None:
    return next((word for word in words if (path / word).is_dir()), None)


def _joined(path: Path, name: str | None) -> Path | None:
    return None if name is None else path / name
