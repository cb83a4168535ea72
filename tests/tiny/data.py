"""Makers of tiny data sets. Each takes the path to write to and gives it back."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

COLOURS = {"blue": (40, 60, 220), "green": (40, 200, 60), "red": (220, 50, 40)}
GOOD = (
    "a warm and clever film",
    "great acting and a good story",
    "good fun from start to end",
    "a great film",
)
BAD = ("a dull and empty film", "bad acting and a poor story", "poor jokes from start to end", "a bad film")


def image(
    path: Path, colour: tuple[int, int, int] = (200, 80, 60), size: tuple[int, int] = (40, 32), seed: int = 0
) -> Path:
    """A noisy image of one colour; the format is by the file's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(-30, 30, (size[1], size[0], 3))
    pixels = np.clip(np.asarray(colour) + noise, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def class_folders(root: Path, classes: Sequence[str] = ("blue", "red"), per_class: int = 4) -> Path:
    """`<class>/<number>.png`, where the colour tells the class."""
    for position, name in enumerate(classes):
        colour = COLOURS.get(name, (50 * position % 250, 90, 30 * position % 250))
        for number in range(per_class):
            image(root / name / f"{number}.png", colour, seed=number)
    return root


def split_folders(root: Path, sizes: Mapping[str, int], classes: Sequence[str] = ("blue", "red")) -> Path:
    """`<split>/<class>/<number>.png`; `sizes` gives the images of each class, such as {"train": 4, "val": 2}."""
    for split, per_class in sizes.items():
        class_folders(root / split, classes, per_class)
    return root


def reviews(size: int = 8) -> list[dict[str, str]]:
    """Rows with a text and a label, "good" and "bad" in turn."""
    rows = []
    for number in range(size):
        label = ("good", "bad")[number % 2]
        text = (GOOD if label == "good" else BAD)[number // 2 % 4]
        rows.append({"text": f"{text} {number}", "label": label})
    return rows


def table(
    path: Path, rows: Iterable[Mapping[str, Any]], *, delimiter: str | None = None, header: bool = True
) -> Path:
    """A CSV file, or a TSV file by its ending, of rows that have the same keys."""
    rows = list(rows)
    mark = delimiter or ("," if path.suffix == ".csv" else "\t")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=mark, lineterminator="\n")
        if header:
            writer.writerow(rows[0])
        writer.writerows(row.values() for row in rows)
    return path


def jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """One JSON object a line."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """A Parquet file."""
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def image_table(path: Path, classes: Sequence[str] = ("blue", "red"), per_class: int = 4) -> Path:
    """A CSV file with the columns image and label; the images lie in `images/` beside it."""
    folders = class_folders(path.parent / "images", classes, per_class)
    files = sorted(folders.glob("*/*.png"))
    return table(
        path,
        [{"image": file.relative_to(path.parent).as_posix(), "label": file.parent.name} for file in files],
    )


def quantities(size: int = 8) -> list[dict[str, str]]:
    """Rows with a text and a score."""
    return [{"text": f"a film with {number} stars", "score": f"{number / 2}"} for number in range(size)]


def topics(size: int = 9) -> list[dict[str, str]]:
    """Rows with a text and several labels, separated by `|`."""
    labels = ("art", "art|music", "music|sport")
    return [{"text": f"news of {labels[n % 3]} number {n}", "label": labels[n % 3]} for n in range(size)]
