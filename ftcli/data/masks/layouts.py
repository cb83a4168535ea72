"""Where the masks of images are: beside their folder, parallel to it, in it, or where the configuration says."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.annotations.coco import coco_files, recognised_files
from ftcli.data.annotations.layout import family
from ftcli.data.annotations.polygons import outlined_images
from ftcli.data.annotations.voc_files import split_lists
from ftcli.data.masks.opener import MaskedImages
from ftcli.data.masks.pairs import NAME, together
from ftcli.data.masks.values import Ignore
from ftcli.data.sources.base import Family, Several, Single
from ftcli.data.sources.folder import SPLITS, entries, media_files, split_folders
from ftcli.data.sources.tables import root_of
from ftcli.errors import DataError
from ftcli.media.formats import IMAGE_FILES

IMAGES = ("images", "image", "imgs", "img", "JPEGImages", "leftImg8bit")
MASKS = (
    *("masks", "mask", "labels", "label", "annotations", "annotation", "annot", "SegmentationClass"),
    *("gt", "groundtruth", "ground_truth", "segmentation", "segmentations", "gtFine"),
)
_WORDS = frozenset(map(str.lower, MASKS))
LOOKED_AT = 2_000  # images
LAYOUTS = (
    "train + trainannot, train/images + train/masks, images/train + masks/train, images + masks, images with masks "
    "beside them (a.jpg, a_mask.png), Pascal VOC (JPEGImages, SegmentationClass and ImageSets/Segmentation) and COCO "
    "(annotations/instances_train.json)"
)


def masks(path: Path, data: Data, places: Places, key: str) -> Family:
    """The splits of a folder of images and masks. Raises `DataError` where no masks can be found."""
    if data.missing_labels == "empty":
        raise places.error(
            "missing_labels", "every pixel has a class, so there is no empty mask: fail or skip"
        )
    if data.mask is None and (files := coco_files(path)):
        root = root_of(data, places)
        return family(path, {name: outlined_images(file, root) for name, file in files.items()})
    if not path.is_dir():
        raise places.error(key, f"{path} is a file: a folder of images beside one of masks is wanted")
    layouts = _Layouts(path, data.ignore_index, data.missing_labels)
    if data.mask is not None:
        return layouts.named(data.mask, places)
    for found in layouts.likely():
        return found
    if files := recognised_files(path):
        root = root_of(data, places)
        return family(path, {name: outlined_images(file, root) for name, file in files.items()})
    raise places.error(
        key, f"{path}: no masks were found. Known are {LAYOUTS}; data.mask names another folder"
    )


Find = Callable[[Path], Path | None]  # from a folder of images to that of their masks


@dataclass(frozen=True, slots=True)
class _Layouts:
    """What a folder may be."""

    path: Path
    ignore: Ignore
    missing: str

    def _images(
        self, images: Path, masks: Path, chosen: Path | None = None, pattern: str | None = None
    ) -> MaskedImages:
        return MaskedImages(images, masks, self.path, self.ignore, self.missing, chosen, pattern)

    def likely(self) -> Iterator[Family]:
        """Likeliest first."""
        if lists := self._voc():
            yield family(self.path, lists)
        path, beside = self.path, split_folders(self.path)
        within = {split: f"{name}/{_first(path / name, IMAGES)}" for split, name in beside.items()}
        for folders, masks in (
            (beside, _beside),
            (within, _inside),
            (_images_of_splits(path), _parallel),
            (beside, _parallel),
            (_images_by_name(path), _by_name),
            (beside, _same),
            (within, _same),
        ):
            if "train" in folders and masks(path / folders["train"]) is not None:
                yield self._splits(folders, _found(masks))
        for images in filter(None, (path, _joined(path, _first(path, IMAGES)))):
            for masks in (_inside, _parallel, _beside, _same):
                if (folder := masks(images)) is not None:
                    yield Single(self._images(images, folder))
        if (two := _two_folders(path)) is not None:
            yield Single(self._images(*two))

    def _voc(self) -> Mapping[str, MaskedImages]:
        """JPEGImages, SegmentationClass, and a list of images for each split, as Pascal VOC has them."""
        images, masks = self.path / "JPEGImages", self.path / "SegmentationClass"
        lists = split_lists(self.path, "Segmentation") if images.is_dir() and masks.is_dir() else {}
        return {name: self._images(images, masks, file) for name, file in lists.items()}

    def named(self, mask: str, places: Places) -> Family:
        """The masks are where the user says: a folder, or with {name} a file; below the source, or anywhere."""

        def split(folder: Path) -> MaskedImages:
            where, name, after = mask.replace("{split}", folder.name).partition(NAME)
            top, start = where.rpartition("/")[::2] if name else (where, "")
            named = Path(top or ("/" if where[:1] == "/" else ".")).expanduser()
            masks = next((one for one in (folder / named, self.path / named, named) if one.is_dir()), None)
            if masks is None:
                raise places.error("mask", f"no such folder: {self.path / named}, nor {named.absolute()}")
            pattern = f"{start}{name}{after}" if name else None
            return self._images(_images_in(folder), masks, pattern=pattern)

        splits = split_folders(self.path) or _images_of_splits(self.path)
        if splits:
            return Several(
                str(self.path), {s: s for s in splits}, lambda name: split(self.path / splits[name])
            )
        return Single(split(self.path))

    def _splits(self, folders: Mapping[str, str], masks: Callable[[Path], Path]) -> Family:
        """A folder of images for each split, relative to the path, and where the masks of each are."""

        def split(name: str) -> MaskedImages:
            images = self.path / folders[name]
            return self._images(images, masks(images))

        return Several(str(self.path), {name: name for name in folders}, split)


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
    return _pictured(
        images.parent, (f"{images.name}{mark}{word}" for word in MASKS for mark in ("", "_", "-"))
    )


def _inside(images: Path) -> Path | None:
    """train/images and train/masks, or images and masks."""
    return _pictured(images.parent, MASKS) if _is_called(images, IMAGES) else None


def _parallel(images: Path) -> Path | None:
    """images/train and masks/train."""
    if not _is_called(images.parent, IMAGES):
        return None
    return _pictured(images.parent.parent, MASKS, images.name)


def _by_name(images: Path) -> Path | None:
    """train_images and train_masks."""
    split = images.name.rpartition("_")[0]
    return _pictured(images.parent, (f"{split}_{word}" for word in MASKS))


def _same(images: Path) -> Path | None:
    """Images with their masks beside them."""
    if not images.is_dir():
        return None
    names = [name for name in entries(images)[1] if IMAGE_FILES.named(name)]
    is_same = together(names) is not None or together(_first_below(images), by_words=True) is not None
    return images if is_same else None


def _two_folders(path: Path) -> tuple[Path, Path] | None:
    """The images and the masks of a folder with two folders, such as ISIC_Input and ISIC_GroundTruth.

    The masks are called like the images and have a word more, or another ending, as classes would not.
    """
    folders = [path / name for name in entries(path)[0]] if path.is_dir() else []
    called = [folder for folder in folders if _WORDS & {*re.split(r"[\W_\d]+", folder.name.lower())}]
    if len(folders) != 2 or len(called) != 1:
        return None
    masks, images = called[0], next(folder for folder in folders if folder != called[0])
    files, known = (set(filter(IMAGE_FILES.named, entries(folder)[1])) for folder in (images, masks))
    stems = sorted(Path(name).stem for name in known)
    near = [bisect_left(stems, Path(name).stem) for name in files]
    like = sum(
        at < len(stems) and stems[at].startswith(Path(name).stem)
        for at, name in zip(near, files, strict=True)
    )
    return (images, masks) if 2 * like > len(files) and not files & known else None


def _first_below(folder: Path) -> Iterator[str]:
    """Image files in a folder and below, as many as tell whether masks are among them."""
    return islice(media_files(folder, "", IMAGE_FILES, Counter()), LOOKED_AT)


def _images_in(folder: Path) -> Path:
    """The folder itself where images lie in it, else its folder of images, if it has one."""
    if any(map(IMAGE_FILES.named, entries(folder)[1])):
        return folder
    return _joined(folder, _first(folder, IMAGES)) or folder


def _images_of_splits(path: Path) -> dict[str, str]:
    word = _first(path, IMAGES)
    return {} if word is None else {s: f"{word}/{name}" for s, name in split_folders(path / word).items()}


def _images_by_name(path: Path) -> dict[str, str]:
    """The folders that are called train_images, val_images, ... by split."""
    words = {split: (f"{own}_{word}" for own in names for word in IMAGES) for split, names in SPLITS.items()}
    found = {split: _first(path, named) for split, named in words.items()}
    return {split: name for split, name in found.items() if name is not None}


def _is_called(folder: Path, words: Iterable[str]) -> bool:
    return folder.name.lower() in map(str.lower, words)


def _called(path: Path, words: Iterable[str]) -> Iterator[str]:
    """The folders that are called like words, in capitals or not, in the order of the words."""
    folders = {name.lower(): name for name in entries(path)[0]} if path.is_dir() else {}
    return (folders[word.lower()] for word in words if word.lower() in folders)


def _first(path: Path, words: Iterable[str]) -> str | None:
    return next(_called(path, words), None)


def _pictured(path: Path, words: Iterable[str], below: str = "") -> Path | None:
    """The first of the folders that are called like words and hold images: labels/ may hold boxes."""
    folders = (path / name / below for name in _called(path, words))
    return next((folder for folder in folders if folder.is_dir() and _has_images(folder)), None)


def _has_images(folder: Path) -> bool:
    folders, files = entries(folder)
    return any(map(IMAGE_FILES.named, files)) or any(_has_images(folder / name) for name in folders)


def _joined(path: Path, name: str | None) -> Path | None:
    return None if name is None else path / name
