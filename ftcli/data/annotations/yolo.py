"""Annotations of YOLO: a text file for each image, with `class centre-x centre-y width height` a line, as fractions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.config.reader import read_tree
from ftcli.config.tree import plain
from ftcli.data.annotations.box_arrays import Annotated
from ftcli.data.annotations.layout import BoxedImages, Made
from ftcli.data.sources.base import Opener
from ftcli.data.sources.folder import entries, split_folders
from ftcli.errors import ConfigError, DataError
from ftcli.media.formats import IMAGE_FILES

WHAT = "annotations of YOLO"
SETTINGS = ("data.yaml", "data.yml", "dataset.yaml")
NAMES = ("classes.txt", "obj.names", "names.txt")
SLACK = 0.02  # by which a fraction may lie outside [0, 1]: rounding, and boxes at the border


def yolo_splits(path: Path, *, named: bool) -> Mapping[str, Opener]:
    """images + labels, train/images + train/labels, or images/train + labels/train; or what a data.yaml lists.

    Classes are called as data.yaml or classes.txt says if `named`, else by their numbers.
    """
    settings = path if path.suffix in (".yaml", ".yml") and path.is_file() else None
    root = path.parent if settings is not None else path
    settings = settings or next((root / name for name in SETTINGS if (root / name).is_file()), None)
    said = _settings(settings) if settings is not None else {}
    if not root.is_dir():
        return {}
    names = _names(root, said, settings) if named else None
    folders = _said(root, said) if said else {}
    folders = folders or _found(root)
    return {
        name: BoxedImages(str(images), WHAT, images, partial(_annotations, images, labels, names))
        for name, images in folders.items()
        if (labels := labels_of(images)) is not None
    }


def _settings(path: Path) -> dict[str, Any]:
    """What data.yaml says. It comes with the data, so it is read as a configuration is: no tags, no aliases, limits."""
    try:
        tree, mistakes = read_tree(path)
        if mistakes:
            raise ConfigError(mistakes)
    except ConfigError as error:
        raise DataError(str(error)) from None
    return plain(tree) if isinstance(tree.value, dict) else {}


def _names(root: Path, said: Mapping[str, Any], settings: Path | None) -> tuple[str, ...] | None:
    """The names of the classes, if a file has them."""
    names = said.get("names")
    if isinstance(names, dict) and set(names) == set(map(str, range(len(names)))):
        names = tuple(names[str(number)] for number in range(len(names)))
    if isinstance(names, tuple):
        return tuple(map(str, names))
    if names is not None:
        raise DataError(f"{settings}: names: a list, or a mapping from 0, 1, ..., is wanted")
    for file in (folder / name for folder in (root, root / "labels") for name in NAMES):
        if file.is_file():
            lines = file.read_text(encoding="utf-8-sig").splitlines()
            return tuple(line.strip() for line in lines if line.strip())
    return None


def _said(root: Path, said: Mapping[str, Any]) -> dict[str, Path]:
    """The folders of images that data.yaml names, those that are there."""
    base = root / str(said.get("path") or "")
    found = {}
    for role in ("train", "val", "test"):
        value = said.get(role)
        if isinstance(value, str):
            near = (base / value, root / value, root / value.removeprefix("../"))
            folder = next((one for one in near if one.is_dir()), None)
            if folder is not None:
                found[role] = folder
    return found


def _found(root: Path) -> dict[str, Path]:
    """The folders of images by the layout."""
    if within := {name: root / folder / "images" for name, folder in split_folders(root).items()}:
        return {name: folder for name, folder in within.items() if folder.is_dir()}
    images = root / "images"
    if not images.is_dir():
        return {root.name: root} if labels_of(root) is not None else {}
    return {name: images / folder for name, folder in split_folders(images).items()} or {root.name: images}


def labels_of(images: Path) -> Path | None:
    """The folder of labels: `labels` in the place of the last `images` of the path, or the folder itself."""
    parts = list(images.parts)
    if "images" in parts:
        place = len(parts) - 1 - parts[::-1].index("images")
        folder = Path(*parts[:place], "labels", *parts[place + 1 :])
        return folder if folder.is_dir() else None
    texts = {Path(name).stem for name in entries(images)[1] if name.endswith(".txt")}
    pictures = {Path(name).stem for name in entries(images)[1] if IMAGE_FILES.named(name)}
    return images if texts & pictures else None


def _annotations(images: Path, labels: Path, names: tuple[str, ...] | None) -> Made:
    return Made(partial(_annotated, images, labels, names), names or ())


def _annotated(images: Path, labels: Path, names: Sequence[str] | None) -> Iterator[Annotated]:
    """An image without a file of labels has no boxes."""
    pictures = [name for name in entries(images)[1] if IMAGE_FILES.named(name)]
    texts = {Path(name).stem for name in entries(labels)[1] if name.endswith(".txt")}
    if pictures and not any(Path(name).stem in texts for name in pictures):
        raise DataError(f"{labels} has no file of labels for any of the {len(pictures):,} images in {images}")
    for image in pictures:
        path = labels / f"{Path(image).stem}.txt"
        lines = list(_lines(path, names)) if path.stem in texts else []
        corners = np.array([corners for _, corners in lines], dtype=np.float64).reshape(-1, 4)
        yield Annotated(image, corners, [name for name, _ in lines], str(path), fractions=True)


def _lines(path: Path, names: Sequence[str] | None) -> Iterator[tuple[str, list[float]]]:
    """Class and corners of each line. Raises `DataError`, naming the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield _line(line.split(), names)
            except ValueError as error:
                raise DataError(f"{path}:{number}: {error}") from None


def _line(words: Sequence[str], names: Sequence[str] | None) -> tuple[str, list[float]]:
    """A box, or the outline of an object, which has one."""
    if len(words) < 5 or len(words) % 2 == 0:
        raise ValueError(
            f"{len(words)} numbers: class centre-x centre-y width height is wanted, or an outline"
        )
    if not words[0].isdecimal():
        raise ValueError(f"the class is {words[0]!r}: a number from 0 is wanted")
    if names is not None and int(words[0]) >= len(names):
        raise ValueError(f"the class is {words[0]}, and there are {len(names)} names")
    values = [float(word) for word in words[1:]]
    if not all(-SLACK <= value <= 1 + SLACK for value in values):
        raise ValueError(
            "a number lies outside 0 to 1: fractions of the image's sides are wanted, not pixels"
        )
    name = words[0] if names is None else names[int(words[0])]
    if len(values) > 4:
        return name, [min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])]
    x, y, width, height = values
    return name, [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
