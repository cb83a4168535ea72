"""Annotations of Pascal VOC: an XML file for each image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.layout import BoxedImages, Made
from ftcli.data.sources.base import Opener
from ftcli.data.sources.folder import entries, split_folders
from ftcli.errors import DataError, listing
from ftcli.media.formats import IMAGE_FILES

WHAT = "annotations of Pascal VOC"
IMAGES, XML = ("JPEGImages", "images"), ("Annotations", "annotations", "xmls")
LARGEST = 10_000_000  # bytes of an XML file
SIDES = ("xmin", "ymin", "xmax", "ymax")


def voc_splits(path: Path) -> Mapping[str, Opener]:
    """JPEGImages and Annotations with the lists of ImageSets/Main, or images and XML files together, also in splits."""
    images, annotations = _first(path, IMAGES), _first(path, XML)
    if images is not None and annotations is not None and _xml(annotations):
        lists = split_lists(path, "Main")
        read = {name: partial(listed, file, images) for name, file in lists.items()} or {
            path.name: partial(_beside, images, annotations)
        }
        return {
            name: BoxedImages(_name(path, name, lists), WHAT, images, partial(_annotations, ids, annotations))
            for name, ids in read.items()
        }
    folders = {name: path / own for name, own in split_folders(path).items()} or {path.name: path}
    return {
        name: BoxedImages(
            str(folder), WHAT, folder, partial(_annotations, partial(_beside, folder, folder), folder)
        )
        for name, folder in folders.items()
        if _xml(folder)
    }


def _name(path: Path, name: str, lists: Mapping[str, Path]) -> str:
    return str(lists[name]) if lists else str(path)


def _first(path: Path, names: Sequence[str]) -> Path | None:
    return next((path / name for name in names if (path / name).is_dir()), None)


def _xml(folder: Path) -> bool:
    return any(name.endswith(".xml") for name in entries(folder)[1])


def split_lists(path: Path, purpose: str) -> dict[str, Path]:
    """The files of ImageSets/Main or ImageSets/Segmentation that list a split; others there list a class."""
    folder = path / "ImageSets" / purpose
    files = entries(folder)[1] if folder.is_dir() else []
    return {Path(name).stem: folder / name for name in files if name.endswith(".txt") and "_" not in name}


def listed(file: Path, images: Path) -> Iterator[str]:
    """The images that a list names, one a line and without an ending. Raises `DataError` for one that is not there."""
    known = {Path(name).stem: name for name in entries(images)[1] if IMAGE_FILES.named(name)}
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file} cannot be read as a list of images: {error}") from None
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words:
            continue
        name = known.get(words[0]) or known.get(Path(words[0]).stem)
        if name is None:
            raise DataError(f"{file}:{number}: {images} has no image {words[0]!r}")
        yield name


def _beside(images: Path, annotations: Path) -> Iterator[str]:
    """The images that have an XML file; one without is an error, as an image without objects has one too."""
    xml = {Path(name).stem for name in entries(annotations)[1] if name.endswith(".xml")}
    known = [name for name in entries(images)[1] if IMAGE_FILES.named(name)]
    if missing := [name for name in known if Path(name).stem not in xml]:
        raise DataError(
            f"{images}: {len(missing):,} of its {len(known):,} images have no XML file of the same name in "
            f"{annotations}: {listing(missing, 5)}"
        )
    if spare := xml - {Path(name).stem for name in known}:
        raise DataError(
            f"{annotations}: {len(spare):,} XML files have no image in {images}: {listing(sorted(spare), 5)}"
        )
    yield from known


def _annotations(images: partial[Iterator[str]], folder: Path) -> Made:
    return Made(partial(_annotated, images, folder))


def _annotated(images: partial[Iterator[str]], folder: Path) -> Iterator[Annotated]:
    for image in images():
        path = folder / f"{Path(image).stem}.xml"
        root = read_xml(path)
        objects = root.findall("object")
        # Pixels are counted from 1, and the last one belongs to the box (Everingham et al. 2010).
        sides = np.array([_sides(one, path) for one in objects], dtype=np.float64).reshape(-1, 4) - [
            1,
            1,
            0,
            0,
        ]
        labels = [_text(one, "name", path) for one in objects]
        difficult = [one.findtext("difficult", "0").strip() == "1" for one in objects]
        yield Annotated(image, sides, labels, str(path), difficult, _size(root))


def read_xml(path: Path) -> ElementTree.Element:
    """The root of a file. Raises `DataError` for one that is broken, very large, or defines entities."""
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(
                f"{path} has more than {LARGEST // 1_000_000} MB: this is not an annotation of one image"
            )
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DataError(f"{path} defines a document type, which annotations have no need of: remove it")
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{path} is not XML: {error}") from None


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
