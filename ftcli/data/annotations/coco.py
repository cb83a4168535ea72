"""Annotations of COCO: one JSON file for a split, with images, annotations and categories."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.layout import BoxedImages, Made
from ftcli.data.sources.folder import entries, split_folders
from ftcli.errors import DataError, listing

WHAT = "annotations of COCO"
FOLDERS = ("annotations", "Annotations")
ROBOFLOW = "_annotations.coco.json"  # beside the images of a split
PREFIX = "instances_"  # COCO has files of captions and key points beside it


def coco_files(path: Path) -> dict[str, Path]:
    """The annotations at a path: a file, those in a folder `annotations`, or one in the folder of each split."""
    if not path.is_dir():
        return {path.stem: path} if path.suffix == ".json" else {}
    beside = {name: path / folder / ROBOFLOW for name, folder in split_folders(path).items()}
    beside = {name: file for name, file in beside.items() if file.is_file()}
    if beside or (path / ROBOFLOW).is_file():
        return beside or {path.name: path / ROBOFLOW}
    for folder in (path / name for name in FOLDERS):
        files = [name for name in entries(folder)[1] if name.endswith(".json")] if folder.is_dir() else []
        chosen = [name for name in files if name.startswith(PREFIX)] or files
        if chosen:
            return {Path(name).stem.removeprefix(PREFIX): folder / name for name in chosen}
    return {}


def coco_images(path: Path, root: Path | None) -> BoxedImages:
    """The images of one file, with their boxes."""
    folder = root or image_folder(path)
    return BoxedImages(str(path), WHAT, folder, partial(_annotations, path), frozenset({"root"}))


def image_folder(path: Path) -> Path:
    """Where the images of a file of annotations are most likely: in a folder called like the split."""
    split = path.stem.removeprefix(PREFIX)
    above = path.parent.parent if path.parent.name in FOLDERS else path.parent
    inside = (
        above / split,
        above / "images" / split,
        above / "images",
        above / "JPEGImages",
        above / "train",
    )
    return next((folder for folder in inside if folder.is_dir()), above)


@dataclass(slots=True)
class Coco:
    """A file of annotations, checked: images in order, categories by id, and the annotations of each image."""

    path: Path
    images: list[Mapping[str, Any]] = field(default_factory=list)
    categories: dict[int, str] = field(default_factory=dict)
    annotations: dict[int, list[Mapping[str, Any]]] = field(default_factory=dict)  # by the id of the image

    def of(self, image: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """The annotations of one image."""
        return self.annotations[image["id"]]

    def size(self, image: Mapping[str, Any]) -> tuple[int, int] | None:
        """Width and height, if they are stated."""
        width, height = image.get("width"), image.get("height")
        return (int(width), int(height)) if width and height else None

    def where(self, image: Mapping[str, Any]) -> str:
        """For messages."""
        return f"{self.path}: image {image['file_name']}"

    def annotation(self, annotation: Mapping[str, Any]) -> str:
        """For messages."""
        return f"{self.path}: annotation {annotation.get('id', '?')}"


def read_coco(path: Path, *, outlines: bool = False) -> Coco:
    """Read a file. Raises `DataError` for one that is broken. `outlines` are large, and left out if not asked for."""

    def small(entry: dict[str, Any]) -> dict[str, Any]:
        if not outlines:
            entry.pop("segmentation", None)
        return entry

    try:
        with path.open(encoding="utf-8") as file:
            content = json.load(file, object_hook=small)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    parts = ("images", "annotations", "categories")
    if not isinstance(content, dict) or not all(isinstance(content.get(part), list) for part in parts):
        has = listing(content) if isinstance(content, dict) else f"a {type(content).__name__}"
        raise DataError(
            f"{path} is not a file of boxes as COCO has them: lists of {listing(parts)} are wanted, not {has}"
        )
    try:
        return _checked(path, content)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: an entry lacks {error}, or is not one as COCO has them") from None


def _checked(path: Path, content: Mapping[str, Any]) -> Coco:
    found = Coco(path, content["images"])
    for image in found.images:
        if not isinstance(image["file_name"], str):
            raise TypeError("a file_name")
        if image["id"] in found.annotations:
            raise DataError(f"{path}: two images have the id {image['id']}")
        found.annotations[image["id"]] = []
    found.categories = {category["id"]: str(category["name"]) for category in content["categories"]}
    for annotation in content["annotations"]:
        where = f"{path}: annotation {annotation.get('id', '?')}"
        if annotation["image_id"] not in found.annotations:
            raise DataError(
                f"{where} is of the image {annotation['image_id']}, which is not among the images"
            )
        if annotation["category_id"] not in found.categories:
            raise DataError(
                f"{where} has the category {annotation['category_id']}, which is not among the categories "
                f"({listing(found.categories)})"
            )
        found.annotations[annotation["image_id"]].append(annotation)
    return found


def _annotations(path: Path) -> Made:
    coco = read_coco(path)
    return Made(partial(_annotated, coco), tuple(coco.categories.values()))


def _annotated(coco: Coco) -> Iterator[Annotated]:
    for image in coco.images:
        boxes = coco.of(image)
        sides = np.array([_sides(coco.path, box) for box in boxes], dtype=np.float64).reshape(-1, 4)
        sides[:, 2:] += sides[:, :2]  # from left, top, width, height
        labels = [coco.categories[box["category_id"]] for box in boxes]
        crowd = [bool(box.get("iscrowd")) for box in boxes]
        yield Annotated(image["file_name"], sides, labels, coco.where(image), crowd, coco.size(image))


def _sides(path: Path, annotation: Mapping[str, Any]) -> list[float]:
    """Left, top, width and height. Raises `DataError`."""
    box = annotation.get("bbox")
    if isinstance(box, list) and len(box) == 4 and all(isinstance(side, int | float) for side in box):
        return box
    number = annotation.get("id", "?")
    raise DataError(f"{path}: annotation {number} has the bbox {box}: [left, top, width, height] is wanted")
