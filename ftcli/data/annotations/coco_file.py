"""A file of annotations as COCO has them: lists of images, annotations and categories, checked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ftcli.data.annotations.image_names import located
from ftcli.data.annotations.outlines import box_round
from ftcli.errors import DataError, listing
from ftcli.system.read_files import note_read

PARTS = ("images", "annotations", "categories")


@dataclass(slots=True)
class Coco:
    """A file of annotations, checked: images in order, categories by id, and the annotations of each image."""

    path: Path
    images: list[Mapping[str, Any]] = field(default_factory=list)
    categories: dict[int, str] = field(default_factory=dict)
    annotations: dict[int, list[Mapping[str, Any]]] = field(default_factory=dict)  # by the id of the image
    has_boxes: bool = False  # whether any object has one
    notes: tuple[str, ...] = ()

    def annotation(self, annotation: Mapping[str, Any]) -> str:
        """For messages."""
        return f"{self.path}: annotation {annotation.get('id', '?')}"


@dataclass(frozen=True, slots=True)
class Picture:
    """An image file below a folder, with all that is said of it; `size` is its width and height, if stated."""

    file: str
    where: str  # for messages
    size: tuple[int, int] | None
    annotations: list[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Pictures:
    """The image files of a file of annotations, each once."""

    folder: Path
    files: list[Picture]
    notes: tuple[str, ...]


def pictures(coco: Coco, folders: list[Path]) -> Pictures:
    """Look for the images in the likeliest of the folders, and join the entries of one file.

    Raises `DataError` for a file of which several sizes are stated.
    """
    names = [image["file_name"] for image in coco.images]
    found = located(names, folders, str(coco.path))
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for name, image in zip(found.names, coco.images, strict=True):
        entries.setdefault(name, []).append(image)
    files = [_joined(coco, name, images) for name, images in entries.items()]
    several = [name for name, images in entries.items() if len(images) > 1]
    notes = (*coco.notes, *found.notes)
    if several:
        count = len(coco.images) - len(entries) + len(several)
        words = (
            f"images under several ids: {len(several):,}, with {count:,} entries, the first is {several[0]}"
        )
        notes = (*notes, f"{coco.path}: {words}; each is one example with the objects of all its entries")
    return Pictures(found.folder, files, notes)


def _joined(coco: Coco, name: str, images: list[Mapping[str, Any]]) -> Picture:
    where = f"{coco.path}: image {name}"
    sizes = list(dict.fromkeys(size for image in images if (size := _size(image, where))))
    if len(sizes) > 1:
        stated = " and ".join(f"{width} x {height}" for width, height in sizes[:2])
        raise DataError(f"{where}: it is under several ids, and of other sizes: {stated}")
    of_each = (coco.annotations[id_] for id_ in dict.fromkeys(image["id"] for image in images))
    annotations = [one for each in of_each for one in each]
    return Picture(name, where, sizes[0] if sizes else None, annotations)


def _size(image: Mapping[str, Any], where: str) -> tuple[int, int] | None:
    """Width and height, if both are stated. Raises `DataError` for what is not a number."""
    width, height = image.get("width"), image.get("height")
    try:
        return (int(width), int(height)) if width and height else None
    except (OverflowError, TypeError, ValueError):
        raise DataError(
            f"{where}: its width and height are {width} and {height}: pixels are wanted"
        ) from None


def read_coco(path: Path, *, outlines: bool = False) -> Coco:
    """Read a file. Raises `DataError` for one that is broken.

    `outlines` are large, and left out if not asked for, but for the boxes round those that have none.
    """

    def small(entry: dict[str, Any]) -> dict[str, Any]:
        outline = None if outlines else entry.pop("segmentation", None)
        if outline and not entry.get("bbox") and (box := box_round(outline)) is not None:
            entry["bbox"] = box
        return entry

    note_read(path)
    try:
        with path.open(encoding="utf-8-sig") as file:
            content = json.load(file, object_hook=small)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict) or not all(isinstance(content.get(part), list) for part in PARTS):
        has = listing(content) if isinstance(content, dict) else f"a {type(content).__name__}"
        raise DataError(
            f"{path} is not a file of boxes as COCO has them: lists of {listing(PARTS)} are wanted, not {has}"
        )
    try:
        return _checked(path, content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: an entry lacks {error}, or is not one as COCO has them") from None


def _checked(path: Path, content: Mapping[str, Any]) -> Coco:
    found = Coco(path, content["images"])
    names: dict[int, str] = {}
    for image in found.images:
        if not isinstance(image["file_name"], str):
            raise TypeError("a file_name")
        if names.setdefault(image["id"], image["file_name"]) != image["file_name"]:
            raise DataError(f"{path}: two images have the id {image['id']}")
        found.annotations[image["id"]] = []
    found.categories = {category["id"]: str(category["name"]) for category in content["categories"]}
    images, categories = _Ids(found.annotations), _Ids(found.categories)
    orphans: list[Mapping[str, Any]] = []
    for annotation in content["annotations"]:
        image, category = images.known(annotation["image_id"]), categories.known(annotation["category_id"])
        where = found.annotation(annotation)
        if category is None:
            raise DataError(
                f"{where} has the category {annotation['category_id']}, which is not among the categories "
                f"({listing(found.categories)})"
            )
        if image is None:
            orphans.append(annotation)
            continue
        found.annotations[image].append({**annotation, "category_id": category})
        found.has_boxes = found.has_boxes or bool(annotation.get("bbox"))
    found.notes = tuple(_orphaned(found, orphans, len(content["annotations"])))
    return found


class _Ids:
    """The ids of a list, which other lists of some files write as texts, or the other way round."""

    def __init__(self, ids: Collection[Any]) -> None:
        self._ids = ids
        texts = Counter(map(str, ids))
        self._by_text = {str(one): one for one in ids if texts[str(one)] == 1}

    def known(self, id_: Any) -> Any:
        """An id of the list; None for one that is not there."""
        return id_ if id_ in self._ids else self._by_text.get(str(id_))


def _orphaned(coco: Coco, orphans: Sequence[Mapping[str, Any]], total: int) -> Iterator[str]:
    """A note on annotations of images that are not listed. Raises `DataError` where these are all."""
    if not orphans:
        return
    first = f"annotation {orphans[0].get('id', '?')} is of the image {orphans[0]['image_id']}"
    if len(orphans) == total:
        raise DataError(f"{coco.path}: {first}, which is not among the images, and so are all the others")
    words = f"objects of images that are not listed, left out: {len(orphans):,} of {total:,}"
    yield f"{coco.path}: {words}; {first}"
