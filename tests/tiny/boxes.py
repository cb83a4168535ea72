"""Tiny images with boxes, in the layouts that others publish."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COLOURS = {"blue": (40, 60, 220), "red": (220, 50, 40)}
SIZE = (64, 48)  # width, height
CLASSES = tuple(COLOURS)

Box = tuple[str, tuple[int, int, int, int]]


def tiles(seed: int) -> tuple[Image.Image, list[Box]]:
    """A grey image with a blue and a red tile, and where they are: left, top, right, bottom."""
    draw = np.random.default_rng(seed)
    pixels = draw.integers(100, 140, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    boxes: list[Box] = []
    for half, (name, colour) in enumerate(COLOURS.items()):
        width, height = (int(side) for side in draw.integers(12, 24, 2))
        left, top = half * 32 + int(draw.integers(1, 8)), int(draw.integers(1, 48 - height))
        pixels[top : top + height, left : left + width] = colour
        boxes.append((name, (left, top, left + width, top + height)))
    return Image.fromarray(pixels), boxes


def _saved(folder: Path, count: int, first: int) -> Iterator[tuple[str, list[Box]]]:
    """`<number>.png` in the folder, and their boxes."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        image, boxes = tiles(number)
        image.save(folder / f"{number}.png")
        yield f"{number}.png", boxes


def coco_content(images: Sequence[tuple[str, list[Box]]]) -> dict[str, Any]:
    """What a file of COCO says; its ids are no indices."""
    ids = {name: 7 + 2 * place for place, name in enumerate(CLASSES)}
    entries = [
        {
            "image_id": 50 + place,
            "category_id": ids[name],
            "bbox": [x, y, right - x, bottom - y],
            "iscrowd": 0,
        }
        | {"segmentation": [[x, y, right, y, right, bottom, x, bottom]], "area": (right - x) * (bottom - y)}
        for place, (_, boxes) in enumerate(images)
        for name, (x, y, right, bottom) in boxes
    ]
    return {
        "images": [
            {"id": 50 + place, "file_name": file, "width": SIZE[0], "height": SIZE[1]}
            for place, (file, _) in enumerate(images)
        ],
        "categories": [{"id": number, "name": name} for name, number in ids.items()],
        "annotations": [{"id": number, **entry} for number, entry in enumerate(entries, 1)],
    }


def coco(root: Path, sizes: Mapping[str, int]) -> Path:
    """`annotations/instances_<split>.json` and `<split>/`."""
    (root / "annotations").mkdir(parents=True)
    for position, (split, count) in enumerate(sizes.items()):
        images = list(_saved(root / split, count, 100 * position))
        file = root / "annotations" / f"instances_{split}.json"
        file.write_text(json.dumps(coco_content(images)), encoding="utf-8")
    return root


def xml(file: str, boxes: Sequence[Box], size: tuple[int, int] = SIZE) -> str:
    """What a file of Pascal VOC says: pixels are counted from 1, and the last one belongs to the box."""
    objects = "".join(
        f"<object><name>{name}</name><difficult>0</difficult><bndbox><xmin>{x + 1}</xmin><ymin>{y + 1}</ymin>"
        f"<xmax>{right}</xmax><ymax>{bottom}</ymax></bndbox></object>"
        for name, (x, y, right, bottom) in boxes
    )
    stated = f"<size><width>{size[0]}</width><height>{size[1]}</height><depth>3</depth></size>"
    return f"<annotation><filename>{file}</filename>{stated}{objects}</annotation>"


def voc(root: Path, sizes: Mapping[str, int]) -> Path:
    """`JPEGImages`, `Annotations` and `ImageSets/Main/<split>.txt`."""
    for folder in ("Annotations", "ImageSets/Main"):
        (root / folder).mkdir(parents=True)
    for position, (split, count) in enumerate(sizes.items()):
        names = []
        for file, boxes in _saved(root / "JPEGImages", count, 100 * position):
            names.append(Path(file).stem)
            (root / "Annotations" / f"{names[-1]}.xml").write_text(xml(file, boxes))
        (root / "ImageSets/Main" / f"{split}.txt").write_text("\n".join(names) + "\n")
    return root


def yolo(root: Path, sizes: Mapping[str, int]) -> Path:
    """`images/<split>`, `labels/<split>` and `data.yaml` with the names."""
    for position, (split, count) in enumerate(sizes.items()):
        labels = root / "labels" / split
        labels.mkdir(parents=True)
        for file, boxes in _saved(root / "images" / split, count, 100 * position):
            (labels / f"{Path(file).stem}.txt").write_text("".join(map(_line, boxes)))
    names = ", ".join(CLASSES)
    (root / "data.yaml").write_text(f"train: images/train\nval: images/val\nnc: 2\nnames: [{names}]\n")
    return root


def yolo_image(image: Path, labels: Path | None, seed: int) -> list[Box]:
    """One image, and its file of labels if it has one; gives its boxes."""
    picture, boxes = tiles(seed)
    image.parent.mkdir(parents=True, exist_ok=True)
    picture.save(image)
    if labels is not None:
        labels.parent.mkdir(parents=True, exist_ok=True)
        labels.write_text("".join(map(_line, boxes)))
    return boxes


def _line(box: Box) -> str:
    name, (left, top, right, bottom) = box
    width, height = SIZE
    centre = (left + right) / 2 / width, (top + bottom) / 2 / height
    sides = (right - left) / width, (bottom - top) / height
    return " ".join([str(CLASSES.index(name)), *(f"{value:.8f}" for value in (*centre, *sides))]) + "\n"
