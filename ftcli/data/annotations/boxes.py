"""The layout of boxes that a path has: COCO, Pascal VOC or YOLO."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.annotations.coco import coco_files, coco_images, is_coco, recognised_files
from ftcli.data.annotations.layout import family
from ftcli.data.annotations.voc import nested_voc, voc_splits
from ftcli.data.annotations.yolo import yolo_splits
from ftcli.data.sources.base import Family, Opener
from ftcli.data.sources.tables import root_of
from ftcli.data.yolo.settings import find_settings

LAYOUTS = (
    "COCO (annotations/instances_train.json or train.json beside the images, or a .json), Pascal VOC (JPEGImages, "
    "Annotations and ImageSets/Main, or images with .xml beside them) and YOLO (images and labels, or a data.yaml)"
)


def boxes(path: Path, data: Data, places: Places, key: str) -> Family:
    """The splits at a path. Raises `DataError` where no boxes can be found."""
    openers = _openers(path, data, places)
    if not openers:
        raise places.error(key, f"{path}: no boxes were found. Known are {LAYOUTS}")
    return family(path, openers)


def names_boxes(path: Path) -> bool:
    """Whether a path has annotations of COCO or Pascal VOC, or YOLO's data.yaml, right or not."""
    files = coco_files(path) or recognised_files(path)
    if any(map(is_coco, files.values())) or (path.is_dir() and voc_splits(path)):
        return True
    settings = find_settings(path)
    return settings is not None and bool(settings.splits)


def _openers(path: Path, data: Data, places: Places) -> Mapping[str, Opener]:
    """The splits by the first layout that the path has."""
    root = root_of(data, places)
    return next((found for found in _layouts(path, root, data) if found), {})


def _layouts(path: Path, root: Path | None, data: Data) -> Iterator[Mapping[str, Opener]]:
    files = coco_files(path)
    yield {name: coco_images(file, root) for name, file in files.items()}
    if path.is_dir():
        yield voc_splits(path, data.missing_labels)
    yield yolo_splits(path, named=data.class_names is None, missing=data.missing_labels)
    yield {name: coco_images(file, root) for name, file in recognised_files(path).items()}
    if path.is_dir():
        yield nested_voc(path, data.missing_labels)
