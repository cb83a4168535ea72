"""The files that contestants work on: made here, so that anybody can run the bench, or the reader's own."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

CLASSES = ("circles", "crosses", "rings", "stripes", "waves")
GOOD = ("a fine", "a moving", "a clever", "a warm", "an honest")
BAD = ("a dull", "a clumsy", "a tired", "a noisy", "an empty")
THINGS = ("film", "story", "script", "cast", "sequel", "documentary")
TAILS = (
    "",
    "that we saw on a rainy evening",
    "with a long second half",
    "from the director of many others , and shown late at night in a small room near the harbour",
)


def make_images(folder: Path, scale: int = 1, side: int = 500, each: tuple[int, int] = (48, 12)) -> Path:
    """`scale` times 240 training and `each[1]` x 5 validation JPEGs of five classes, about `side` pixels wide."""
    for split, count in zip(("train", "val"), (each[0] * scale, each[1]), strict=True):
        for index, name in enumerate(CLASSES):
            place = folder / split / name
            place.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                if not (file := place / f"{number:05}.jpg").exists():
                    _picture(index, f"{split} {name} {number}", side).save(file, quality=90)
    return folder


def _picture(kind: int, seed: str, side: int) -> Any:
    """One synthetic photograph: a pattern of its class in random colours, place and size, with noise."""
    import numpy as np
    from PIL import Image

    draw = np.random.default_rng(list(seed.encode()))
    height = int(side * draw.uniform(0.65, 0.85))
    y, x = np.mgrid[0:height, 0:side].astype(np.float32) / side
    cx, cy, size = draw.uniform(0.3, 0.7), draw.uniform(0.25, 0.5), draw.uniform(0.08, 0.2)
    away = np.hypot(x - cx, y - cy)
    shape = (
        away < size,
        (np.abs(x - cx) < size / 4) | (np.abs(y - cy) < size / 4),
        np.abs(away - size) < size / 4,
        np.sin((x + y) / size * 6) > 0,
        np.sin(y / size * 6 + 3 * np.sin(x / size * 2)) > 0,
    )[kind]
    colours = draw.uniform(0, 255, (2, 3))
    light = 0.7 + 0.3 * np.sin(x * draw.uniform(1, 6) + y * draw.uniform(1, 6))[..., None]
    pixels = np.where(shape[..., None], colours[0], colours[1]) * light + draw.normal(
        0, 12, (height, side, 3)
    )
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def make_texts(folder: Path, scale: int = 1, each: tuple[int, int] = (2000, 500)) -> Path:
    """`scale` times 2,000 training and 500 validation sentences from a small grammar; the label is its adjective's."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in zip(("train", "val"), (each[0] * scale, each[1]), strict=True):
        draw = random.Random(split)
        _write(folder / f"{split}.tsv", [_sentence(draw) for _ in range(count)])
    return folder


def _sentence(draw: random.Random) -> tuple[str, str]:
    label = draw.randrange(2)
    words = [draw.choice((BAD, GOOD)[label]), draw.choice(THINGS), *draw.choices(TAILS, k=draw.randint(1, 3))]
    return " ".join(filter(None, words)), ("bad", "good")[label]


def _write(file: Path, rows: list[tuple[str, str]]) -> None:
    lines = ["text\tlabel", *("\t".join(row) for row in rows)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def split_images(source: Path, folder: Path) -> Path:
    """The reader's images by name: as they are if there is train/ and val/, else links to four fifths and a fifth."""
    if (source / "train").is_dir() and (source / "val").is_dir():
        return source.resolve()
    for place in sorted(path for path in source.iterdir() if path.is_dir()):
        for number, file in enumerate(sorted(path for path in place.iterdir() if path.is_file())):
            link = folder / ("val" if number % 5 == 4 else "train") / place.name / file.name
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.is_symlink():
                link.symlink_to(file.resolve())
    return folder


def split_texts(source: Path, folder: Path, most: int = 2500) -> Path:
    """The first `most` rows of the reader's TSV, every fifth for validation; text and label are its first two columns.

    A first row of `text`, `label` is a header.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with source.open(encoding="utf-8", newline="") as file:
        rows = [(row[0], row[1]) for row in csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    rows = rows[1:][:most] if rows[0] == ("text", "label") else rows[:most]
    _write(folder / "train.tsv", [row for number, row in enumerate(rows) if number % 5 != 4])
    _write(folder / "val.tsv", rows[4::5])
    return folder


def make_image_weights(file: Path, architecture: str) -> Path:
    """A torchvision network's random weights, the same for every contestant."""
    import torch
    from torchvision import models

    if not file.exists():
        torch.manual_seed(0)
        torch.save(models.get_model(architecture, weights=None).state_dict(), file)
    return file


def make_text_model(folder: Path, layers: int = 6, width: int = 384) -> Path:
    """A BERT of MiniLM-L6's size with random weights, and a tokenizer of the grammar's words and letters."""
    import string

    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    if (folder / "config.json").exists():
        return folder
    words = sorted({word for part in (*GOOD, *BAD, *THINGS, *TAILS) for word in part.split()})
    letters = [*string.ascii_lowercase, *string.digits, *string.punctuation]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *letters, *(f"##{c}" for c in letters)]
    vocab = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30522,  # MiniLM's, though few of them are used
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=4 * width,
    )
    BertModel(config).save_pretrained(folder)
    BertTokenizer(vocab=vocab, model_max_length=512).save_pretrained(folder)
    return folder
