"""Annotations of COCO: one JSON file for a split, with images, annotations and categories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.coco_file import PARTS, Coco, Picture, Pictures, pictures, read_coco
from ftcli.data.annotations.layout import BoxedImages, Made
from ftcli.data.names.split_names import role_of
from ftcli.data.sources.folder import entries, split_folders
from ftcli.errors import DataError

WHAT = "annotations of COCO"
FOLDERS = ("annotations", "Annotations")
# Folders where there may be other files, too.
INSIDE = ("labels", "label", "annotation", "json", "jsons", "coco")
ROBOFLOW = "_annotations.coco.json"  # beside the images of a split
PREFIX = "instances_"  # COCO has files of captions and key points beside it
FAR = 1.1  # of the longer side of an image: so far no box reaches by a slip
_WORDS = "coco|annotations?|instances|person|keypoints|labels?|bbox|boxes|detections?"
_CONTENT = re.compile(rf"^(?:(?:{_WORDS})[\W_]+)+|(?:[\W_]+(?:{_WORDS}))+$", re.IGNORECASE)
HEAD = 65_536  # characters of a file by which it is recognised


def coco_files(path: Path) -> dict[str, Path]:
    """The annotations at a path: a file, those in a folder `annotations`, or one in the folder of each split."""
    if not path.is_dir():
        # By its whole name, which is no split's: train.json alone is one split, as any other file is.
        return {path.name: path} if path.suffix.lower() == ".json" else {}
    beside = {name: path / folder / ROBOFLOW for name, folder in split_folders(path).items()}
    beside = {name: file for name, file in beside.items() if file.is_file()}
    if beside or (path / ROBOFLOW).is_file():
        return beside or {path.name: path / ROBOFLOW}
    for folder in (path / name for name in FOLDERS):
        files = [name for name in entries(folder)[1] if name.endswith(".json")] if folder.is_dir() else []
        chosen = [name for name in files if name.startswith(PREFIX)] or files
        if chosen:
            return _by_split([folder / name for name in chosen])
    return {}


def recognised_files(path: Path) -> dict[str, Path]:
    """The files in a folder, or in the folder of each split, that hold what COCO's do, whatever their names."""
    if not path.is_dir():
        return {}
    inside = (path / name for name in entries(path)[0] if name.lower() in INSIDE)
    if here := next(filter(None, map(_recognised, (path, *inside))), []):
        return _by_split(here)
    splits = {
        name: [found for inside in ("", *FOLDERS) for found in _recognised(path / folder / inside)]
        for name, folder in split_folders(path).items()
    }
    return {name: files[0] for name, files in splits.items() if len(files) == 1}


def _by_split(files: list[Path]) -> dict[str, Path]:
    """The files by the names of their splits, or by their own where two have one."""
    names = [_split_name(file) for file in files]
    return {
        name if names.count(name) == 1 else file.stem: file for name, file in zip(names, files, strict=True)
    }


def _split_name(file: Path) -> str:
    """What is left of coco_train.json, or person_keypoints_train2017.json, without the words that say what is in it."""
    name = file.stem.removeprefix(PREFIX)
    plain = _CONTENT.sub("", name)
    return plain if role_of(name) is None and role_of(plain) is not None else name


def _recognised(folder: Path) -> list[Path]:
    names = entries(folder)[1] if folder.is_dir() else []
    files = [folder / name for name in names if name.lower().endswith(".json") and is_coco(folder / name)]
    return [file for file in files if file.name.startswith(PREFIX)] or files


def is_coco(path: Path) -> bool:
    """Whether a JSON file begins as COCO's do: one object, of which a list is called as theirs are."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            head = file.read(HEAD)
    except (OSError, UnicodeDecodeError):
        return False
    if not re.match(r"\s*\{", head) or not re.search(rf'"({"|".join(PARTS)})"\s*:\s*\[\s*[\]{{]', head):
        return False
    try:
        first = json.loads(head.split("\n", 1)[0])
    except (ValueError, RecursionError):
        return True  # the object goes on
    return isinstance(first, dict) and all(part in first for part in PARTS)


def coco_images(path: Path, root: Path | None) -> BoxedImages:
    """The images of one file, with their boxes."""
    folders = image_folders(path, root)
    return BoxedImages(str(path), WHAT, folders[0], partial(_annotations, path, folders), frozenset({"root"}))


def image_folders(path: Path, root: Path | None) -> list[Path]:
    """Where the images of a file of annotations may be, likeliest first: in the root, if there is one.

    Else its own folder, as names may begin with folders from there, and folders that are called like the split.
    """
    if root is not None:
        return [root]
    split = _split_name(path)
    apart = path.parent.name.lower() in (*map(str.lower, FOLDERS), *INSIDE)
    above = path.parent.parent if apart else path.parent
    inside = (split, f"images/{split}", f"{split}/images", "images", "JPEGImages", "train", "data")
    found = [folder for name in inside if (folder := above / name).is_dir()]
    return list(dict.fromkeys([*found[:1], path.parent, *found, above]))


def _annotations(path: Path, folders: list[Path]) -> Made:
    coco = read_coco(path)
    found = pictures(coco, folders)
    known = tuple(coco.categories.values())
    notes = list(found.notes)
    return Made(partial(_annotated, coco, found, notes), known, found.folder, notes)


def _annotated(coco: Coco, found: Pictures, notes: list[str]) -> Iterator[Annotated]:
    sides_are, bare = _Sides(coco), 0
    for picture in found.files:
        boxes = (
            [one for one in picture.annotations if one.get("bbox")] if coco.has_boxes else picture.annotations
        )
        bare += len(picture.annotations) - len(boxes)
        try:
            sides = np.array([_sides(coco, box) for box in boxes], dtype=np.float64).reshape(-1, 4)
        except DataError as error:
            yield Annotated.unusable(picture.file, picture.where, error)
            continue
        sides_are.add(sides, picture)
        sides[:, 2:] += sides[:, :2]  # from left, top, width, height
        labels = [coco.categories[box["category_id"]] for box in boxes]
        crowd = [bool(box.get("iscrowd")) for box in boxes]
        yield Annotated(picture.file, sides, labels, picture.where, crowd, picture.size)
    sides_are.check()
    if bare:
        notes.append(f"{coco.path}: objects without a box and an outline, left out: {bare:,}")


class _Sides:
    """Whether boxes that should have a width and a height have a right and a lower side in their place."""

    def __init__(self, coco: Coco) -> None:
        self._coco = coco
        self._boxes = self._outside = self._corners = 0
        self._first = ""

    def add(self, boxes: NDArray[np.float64], picture: Picture) -> None:
        """The boxes (N, 4) of one image."""
        self._boxes += len(boxes)
        self._corners += int((boxes[:, 2:] > boxes[:, :2]).all(axis=1).sum())
        if picture.size is not None and len(boxes):
            far = (boxes[:, :2] + boxes[:, 2:] > FAR * max(picture.size)).any(axis=1)
            self._outside += int(far.sum())
            self._first = self._first or (f"{picture.file}: {boxes[far][0].tolist()}" if far.any() else "")

    def check(self) -> None:
        """Raise `DataError` if all boxes may have these sides, and many reach far outside otherwise."""
        if self._corners == self._boxes and 4 * self._outside > self._boxes:
            words = f"{self._outside:,} of {self._boxes:,} boxes reach far outside their image"
            raise DataError(
                f"{self._coco.path}: {words}, the first in {self._first}: left, top, width and height are wanted, and "
                "these look like left, top, right and bottom"
            )


def _sides(coco: Coco, annotation: Mapping[str, Any]) -> list[float]:
    """Left, top, width and height. Raises `DataError`."""
    box = annotation.get("bbox")
    with suppress(TypeError, ValueError):  # some files have numbers as texts
        if isinstance(box, list) and len(box) == 4:
            return [float(side) for side in box]
    raise DataError(f"{coco.annotation(annotation)} has the bbox {box}: [left, top, width, height] is wanted")
