"""Photographs that EXIF turns, each with one object, annotated in every format."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COLOUR, GREY = (250, 10, 10), (90, 90, 90)
SIZE = (24, 32)  # of an upright photograph
# Left, top, right and bottom of an object that is within the image turned or not, and of one that is so in one only.
MIDDLE, LONG = (7, 10, 12, 19), (9, 2, 16, 30)
# What makes the stored image of an upright one.
_LAID = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Photo:
    """`drawn` is the image that annotations are of, `stated` the one whose size they state: upright, stored or none."""

    orientation: int
    drawn: str = "upright"
    stated: str | None = None
    place: Box = MIDDLE
    size: tuple[int, int] = SIZE

    def upright(self) -> Image.Image:
        pixels = np.full((self.size[1], self.size[0], 3), GREY, dtype=np.uint8)
        left, top, right, bottom = self.place
        pixels[top:bottom, left:right] = COLOUR
        return Image.fromarray(pixels)

    def image(self, which: str) -> Image.Image:
        """The image turned upright, or as it is stored."""
        upright, laid = self.upright(), _LAID.get(self.orientation)
        return upright if which == "upright" or laid is None else upright.transpose(laid)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x0112] = self.orientation
        self.image("stored").save(path, exif=exif)

    def inside(self) -> NDArray[np.bool_]:
        """Where the object is in the image that annotations are of."""
        return painted(np.asarray(self.image(self.drawn)))

    def box(self) -> Box:
        return box_of(self.inside())

    def stated_size(self) -> tuple[int, int] | None:
        return None if self.stated is None else self.image(self.stated).size


def painted(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """Where pixels (H, W, 3) have the colour of an object."""
    return np.asarray((pixels == COLOUR).all(axis=2))


def box_of(inside: NDArray[np.bool_]) -> Box:
    y, x = np.nonzero(inside)
    return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1


def _coco(root: Path, photos: Sequence[Photo], segmentation: Callable[[Photo], Any] | None) -> None:
    images, annotations = [], []
    for number, photo in enumerate(photos):
        photo.save(root / f"images/{number}.png")
        size = photo.stated_size()
        stated = {} if size is None else {"width": size[0], "height": size[1]}
        images.append({"id": number, "file_name": f"{number}.png", **stated})
        left, top, right, bottom = photo.box()
        entry: dict[str, Any] = {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0, "area": 45}
        entry["bbox"] = [left, top, right - left, bottom - top]
        if segmentation is not None:
            entry["segmentation"] = segmentation(photo)
        annotations.append(entry)
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]}
    (root / "annotations").mkdir()
    (root / "annotations/instances_train.json").write_text(json.dumps(content))


def coco(root: Path, photos: Sequence[Photo]) -> None:
    _coco(root, photos, None)


def polygons(root: Path, photos: Sequence[Photo]) -> None:
    def corners(photo: Photo) -> Any:
        left, top, right, bottom = photo.box()
        return [[left, top, right, top, right, bottom, left, bottom]]

    _coco(root, photos, corners)


def run_lengths(root: Path, photos: Sequence[Photo]) -> None:
    def runs(photo: Photo) -> Any:
        flat = np.concatenate(
            [[False], photo.inside().flatten("F")]
        )  # down the columns, the empty ones first
        ends = [0, *np.flatnonzero(flat[1:] != flat[:-1]).tolist(), len(flat) - 1]
        counts = np.diff(ends).tolist()
        return {"counts": counts, "size": list(photo.inside().shape)}

    _coco(root, photos, runs)


def voc(root: Path, photos: Sequence[Photo]) -> None:
    for number, photo in enumerate(photos):
        photo.save(root / f"{number}.png")
        size = photo.stated_size()
        stated = "" if size is None else f"<size><width>{size[0]}</width><height>{size[1]}</height></size>"
        left, top, right, bottom = photo.box()
        sides = f"<xmin>{left + 1}</xmin><ymin>{top + 1}</ymin><xmax>{right}</xmax><ymax>{bottom}</ymax>"
        thing = f"<object><name>thing</name><bndbox>{sides}</bndbox></object>"
        (root / f"{number}.xml").write_text(f"<annotation>{stated}{thing}</annotation>")


def yolo(root: Path, photos: Sequence[Photo]) -> None:
    (root / "labels/train").mkdir(parents=True)
    for number, photo in enumerate(photos):
        photo.save(root / f"images/train/{number}.png")
        left, top, right, bottom = photo.box()
        height, width = photo.inside().shape
        centre = ((left + right) / 2 / width, (top + bottom) / 2 / height)
        values = (*centre, (right - left) / width, (bottom - top) / height)
        (root / f"labels/train/{number}.txt").write_text(" ".join(["0", *map(repr, values)]) + "\n")


def index_masks(root: Path, photos: Sequence[Photo]) -> None:
    (root / "masks").mkdir(parents=True)
    for number, photo in enumerate(photos):
        photo.save(root / f"images/{number}.png")
        Image.fromarray(photo.inside().astype(np.uint8)).save(root / f"masks/{number}.png")
