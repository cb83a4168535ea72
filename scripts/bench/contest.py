"""What every contestant shares: command line, pieces of work, recipe, result. Nothing heavy is imported."""

from __future__ import annotations

import time

START = time.perf_counter()  # a contestant imports this file first, so this is the start of its process

import argparse  # noqa: E402
import csv  # noqa: E402
import json  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Literal  # noqa: E402

MAX_TOKENS = 128
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, which the weights were trained with


@dataclass(frozen=True, slots=True)
class Work:
    """What has to be done: which blocks stay as they are, and the recipe that all contestants follow."""

    modality: Literal["images", "text"]
    frozen: Literal["all", "part", "none"]
    hidden: int  # width of the head's hidden layer; 0 for a linear head
    rate: float  # learning rate


WORKS = {
    "frozen-images": Work("images", "all", 1024, 1e-3),
    "partial-images": Work("images", "part", 0, 1e-4),
    "full-images": Work("images", "none", 0, 1e-4),
    "frozen-text": Work("text", "all", 0, 1e-3),
    "partial-text": Work("text", "part", 0, 1e-4),
    "full-text": Work("text", "none", 0, 1e-4),
}


@dataclass(frozen=True, slots=True)
class Order:
    """The command line of a contestant."""

    work: Work
    data: Path  # train/ and val/ with a folder a class, or train.tsv and val.tsv with the columns text and label
    model: Path  # a .pth of torchvision's, or a folder of Hugging Face's
    architecture: str  # of the .pth
    epochs: int
    batch_size: int
    image_size: int
    out: Path
    cache: Path | None
    again: bool
    uncached: bool


def parse(description: str) -> Order:
    """The order on this process's command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--work", choices=WORKS, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--architecture", default="resnet50", choices=("resnet18", "resnet50"))
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder that ours.py keeps between runs")
    parser.add_argument("--again", action="store_true", help="ours.py: the same with twice the learning rate")
    parser.add_argument("--uncached", action="store_true", help="ours.py: with data.cache: none")
    given = vars(parser.parse_args())
    return Order(**{**given, "work": WORKS[given["work"]]})


def texts(data: Path, split: str) -> tuple[list[str], list[int]]:
    """Texts and classes of `split`; the classes are numbered in the order of their names in train.tsv."""
    with (data / "train.tsv").open(encoding="utf-8", newline="") as file:
        names = sorted({row["label"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)})
    with (data / f"{split}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [names.index(row["label"]) for row in rows]


def examples(order: Order) -> int:
    """How many training examples there are."""
    if order.work.modality == "text":
        return len(texts(order.data, "train")[0])
    return sum(1 for path in (order.data / "train").glob("*/*") if path.is_file())


def outputs(order: Order) -> int:
    """How many classes there are."""
    if order.work.modality == "text":
        return len(set(texts(order.data, "train")[1]))
    return sum(1 for path in (order.data / "train").iterdir() if path.is_dir())


def finish(order: Order, *, accuracy: float, training: float) -> None:
    """Write the result. `training`: seconds of the loop, with the reading of data and the scoring that it does."""
    result = {
        "seconds": round(time.perf_counter() - START, 3),
        "accuracy": round(float(accuracy), 4),
        "examples_per_second": round(examples(order) * order.epochs / training, 2),
    }
    order.out.write_text(json.dumps(result) + "\n", encoding="utf-8")
