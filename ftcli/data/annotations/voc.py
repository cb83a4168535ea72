"""Annotations of Pascal VOC: an XML file for each image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ftcli.data.annotations.box_arrays import SIDES as COUNT
from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.layout import BoxedImages, Made
from ftcli.data.annotations.voc_files import (
    XML_ENDING,
    Paired,
    listed,
    paired,
    read_xml,
    split_lists,
    xml_files,
)
from ftcli.data.sources.base import Opener
from ftcli.data.sources.folder import entries, split_folders
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES

WHAT = "annotations of Pascal VOC"
IMAGES = ("JPEGImages", "images", "image", "imgs", "img")
XML = ("Annotations", "annotations", "annotation", "xmls", "xml", "labels")
KEYS = frozenset({"missing_labels"})
SIDES = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A folder of images and one of XML files, which may be the same; only the images of a list, if there is one.

    Where XML files are `shared` with other splits, those without an image are theirs.
    """

    images: Path
    annotations: Path
    name: str
    chosen: Path | None = None
    shared: bool = False


def voc_splits(path: Path, missing: str = "fail") -> Mapping[str, Opener]:
    """JPEGImages and Annotations with the lists of ImageSets/Main, or images and XML files together, also in splits.

    `missing` is what is done about images without an XML file, as `data.missing_labels` says.
    """
    return _opened(_lists(path) or _parallel(path) or _one(path) or _within(path) or _beside(path), missing)


def nested_voc(path: Path, missing: str = "fail") -> Mapping[str, Opener]:
    """Images and XML files together, in folders below; the only folder, where that has splits or is a whole."""
    folders, files = entries(path)
    if len(folders) == 1 and not any(map(IMAGE_FILES.named, files)) and not _has_xml(path):
        inside = path / folders[0]
        splits = voc_splits(inside, missing) or nested_voc(inside, missing)
        return splits if len(splits) != 1 else {path.name: next(iter(splits.values()))}
    found = next(xml_files(path), None)
    return _opened({} if found is None else {path.name: _Pair(path, path, str(path))}, missing)


def _opened(pairs: Mapping[str, _Pair], missing: str) -> Mapping[str, Opener]:
    return {
        name: BoxedImages(pair.name, WHAT, pair.images, partial(_annotations, pair, missing), KEYS)
        for name, pair in pairs.items()
    }


def _lists(path: Path) -> dict[str, _Pair]:
    """A list of images for each split."""
    return {
        name: replace(pair, name=str(file), chosen=file)
        for pair in _one(path).values()
        for name, file in split_lists(path, "Main").items()
    }


def _parallel(path: Path) -> dict[str, _Pair]:
    """images/train + annotations/train; or images/train with its XML files inside, or all in annotations."""
    images, annotations = _first(path, IMAGES), _first(path, XML)
    splits = {} if images is None else {name: images / own for name, own in split_folders(images).items()}
    inside = {name: _Pair(folder, folder, str(folder)) for name, folder in splits.items() if _has_xml(folder)}
    if annotations is None or inside:
        return inside
    own = {name: annotations / folder.name for name, folder in splits.items()}
    if any(folder.is_dir() and _has_xml(folder) for folder in own.values()):
        return {
            name: _Pair(folder, own[name] if own[name].is_dir() else folder, str(folder))
            for name, folder in splits.items()
        }
    if not _has_xml(annotations):
        return {}
    return {name: _Pair(folder, annotations, str(folder), shared=True) for name, folder in splits.items()}


def _one(path: Path) -> dict[str, _Pair]:
    """A folder of images beside one of XML files."""
    images, annotations = _first(path, IMAGES), _first(path, XML)
    if images is None or annotations is None or next(xml_files(annotations), None) is None:
        return {}
    return {path.name: _Pair(images, annotations, str(path))}


def _within(path: Path) -> dict[str, _Pair]:
    """train/images + train/annotations, or both together in train; a split may have lost its XML files."""
    folders = {name: path / own for name, own in split_folders(path).items()}
    found = {name: pair for name, one in folders.items() for pair in (_one(one) or _beside(one)).values()}
    if found:
        for name, folder in folders.items():
            images = _first(folder, IMAGES) or folder
            if name not in found and any(map(IMAGE_FILES.named, entries(images)[1])):
                found[name] = _Pair(images, images, str(folder))
    return found


def _beside(path: Path) -> dict[str, _Pair]:
    """Images and XML files in one folder."""
    return {path.name: _Pair(path, path, str(path))} if _has_xml(path) else {}


def _first(path: Path, names: Sequence[str]) -> Path | None:
    """The first folder that is called so, in any capitals."""
    known = {name.lower(): path / name for name in entries(path)[0]}
    return next((known[name.lower()] for name in names if name.lower() in known), None)


def _has_xml(folder: Path) -> bool:
    return any(name.lower().endswith(XML_ENDING) for name in entries(folder)[1])


def _annotations(pair: _Pair, missing: str) -> Made:
    """What is said of the images; those that have no XML file as `missing` says. Raises `DataError`."""
    found = paired(pair.images, pair.annotations)
    pictures, notes = _pictures(pair, found)
    bare = [image for image in pictures if image in found.there and image not in found.xml]
    if not bare:
        return Made(partial(_annotated, pair, found, pictures), notes=notes)
    words = f"{pair.name}: {len(bare):,} of its {len(pictures):,} images have no XML file of the same name"
    if missing == "fail":
        hint = "data.missing_labels: empty takes them as images without objects, skip leaves them out"
        raise DataError(f"{words} in {pair.annotations}: {listing(bare, 20)}. {hint}")
    done = "taken as images without objects"
    lines = []
    if missing == "skip":
        done = "left out (skipped.txt in the run has all)"
        lines = [
            f"{pair.images / image}: no XML file of the same name in {pair.annotations}" for image in bare
        ]
        for image in bare:
            del pictures[image]
    notes.append(f"{words} and are {done}: {listing(bare, 3)}")
    return Made(partial(_annotated, pair, found, pictures), notes=notes, skipped=lines)


def _pictures(pair: _Pair, found: Paired) -> tuple[dict[str, str], list[str]]:
    """The images of a split, also those that are gone, and where each is named; and notes."""
    if pair.chosen is None:
        spare = () if pair.shared else found.spare
        of_xml = {image: str(pair.annotations / found.xml[image]) for image in spare}
        return {image: str(pair.images / image) for image in found.images} | of_xml, []
    lines = listed(pair.chosen, pair.images)
    pictures = {image: f"{pair.chosen}:{numbers[0]}" for image, numbers in lines.items()}
    again = [numbers[1] for numbers in lines.values() if len(numbers) > 1]
    count = sum(map(len, lines.values())) - len(lines)
    words = f"{pair.chosen}: lines that name an image again, passed over: {count:,}"
    return pictures, [f"{words}, the first is line {min(again)}"] if again else []


def _annotated(pair: _Pair, found: Paired, pictures: Mapping[str, str]) -> Iterator[Annotated]:
    for image, where in pictures.items():
        if image in found.there and image in found.xml:
            path = pair.annotations / found.xml[image]
            try:
                yield _read(image, path)
            except DataError as error:
                yield Annotated.unusable(image, str(path), error)
        else:
            yield Annotated(image, np.zeros((0, COUNT)), (), where)


def _read(image: str, path: Path) -> Annotated:
    root = read_xml(path)
    objects = root.findall("object")
    # Pixels are counted from 1, and the last one belongs to the box (Everingham et al. 2010).
    sides = np.array([_sides(one, path) for one in objects], dtype=np.float64).reshape(-1, 4) - [1, 1, 0, 0]
    labels = [_text(one, "name", path) for one in objects]
    difficult = [one.findtext("difficult", "0").strip() == "1" for one in objects]
    return Annotated(image, sides, labels, str(path), difficult, _size(root))


def _sides(one: ElementTree.Element, path: Path) -> list[float]:
    try:
        return [float(_text(one, f"bndbox/{side}", path)) for side in SIDES]
    except ValueError as error:
        raise DataError(f"{path}: a side of a box is not a number: {error}") from None


def _text(one: ElementTree.Element, tag: str, path: Path) -> str:
    text = (one.findtext(tag) or "").strip()
    if not text:
        raise DataError(f"{path}: an object has no {tag}")
    return text


def _size(root: ElementTree.Element) -> tuple[int, int] | None:
    """Width and height, if they are stated; some tools write zeros."""
    width, height = (root.findtext(f"size/{side}", "0").strip() for side in ("width", "height"))
    return (int(width), int(height)) if width.isdecimal() and height.isdecimal() and int(width) else None
