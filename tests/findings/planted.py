"""Tables of images, sounds or texts, clean or with a fault of each kind, and changed copies of what they hold."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.media.audio import resampled

STARTS, ENDS = ("ba", "ke", "mo", "ru", "ti", "so"), ("lin", "dor", "pes", "nat", "gu")
VOCABULARY = tuple(start + end for start in STARTS for end in ENDS)


class Row(NamedTuple):
    """A line of a table: a file or a text, its label, and who it is of."""

    item: str
    label: str
    patient: str = ""


def photograph(seed: int, size: tuple[int, int] = (160, 120)) -> Image.Image:
    """A picture with soft shapes in all colours; two seeds give very different ones."""
    cells = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize(size, Image.Resampling.BICUBIC)


def melody(seed: int, rate: int = 16_000) -> NDArray[np.float32]:
    """Ten notes of a tenth of a second and a little noise, float32."""
    random = np.random.default_rng(seed)
    time, swell = np.arange(rate // 10) / rate, np.hanning(rate // 10)
    notes = [
        random.uniform(0.3, 0.8) * swell * np.sin(2 * np.pi * random.uniform(150, 3500) * time)
        for _ in range(10)
    ]
    found: NDArray[np.float32] = (np.concatenate(notes) + random.normal(0, 0.003, rate)).astype(np.float32)
    return found


def sentence(seed: int, words: int = 30) -> str:
    """Thirty words."""
    return " ".join(np.random.default_rng(seed).choice(VOCABULARY, words))


@dataclass(frozen=True)
class Maker:
    """How items of a modality are made in a folder: the one of a number, the same one again, and a changed copy."""

    modality: Modality
    make: Callable[[Path, int, str], str]
    change: Callable[[Path, int, str], str]

    @property
    def column(self) -> str:
        return self.modality.name


def _image(folder: Path, seed: int, name: str) -> str:
    photograph(seed).save(folder / f"{name}.png")
    return f"{name}.png"


def _smaller_image(folder: Path, seed: int, name: str) -> str:
    photograph(seed).resize((80, 60), Image.Resampling.BILINEAR).save(folder / f"{name}.jpg", quality=60)
    return f"{name}.jpg"


def _sound(folder: Path, seed: int, name: str) -> str:
    soundfile.write(folder / f"{name}.wav", melody(seed), 16_000)
    return f"{name}.wav"


def _softer_sound(folder: Path, seed: int, name: str) -> str:
    soundfile.write(folder / f"{name}.flac", resampled(melody(seed), 16_000, 8_000) / 2, 8_000)
    return f"{name}.flac"


def _text(folder: Path, seed: int, name: str) -> str:
    return sentence(seed)


def _edited_text(folder: Path, seed: int, name: str) -> str:
    words = sentence(seed).split()
    return " ".join([*words[:3], "other", *words[4:]]).capitalize() + "!"


MAKERS = {
    "image": Maker(IMAGE, _image, _smaller_image),
    "sound": Maker(AUDIO, _sound, _softer_sound),
    "text": Maker(TEXT, _text, _edited_text),
}


def write(path: Path, column: str, rows: Iterable[Row]) -> None:
    """A CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((column, "label", "patient"))
        writer.writerows(rows)


def clean(folder: Path, maker: Maker) -> dict[str, list[Row]]:
    """36 training and 12 validation rows without any fault."""

    def rows(first: int, count: int, split: str) -> list[Row]:
        return [
            Row(maker.make(folder, seed, f"{split}{seed // 6}_{seed}"), "ab"[seed % 2], f"{split}{seed // 6}")
            for seed in range(first, first + count)
        ]

    return {"train": rows(0, 36, "train"), "val": rows(100, 12, "val")}


def faulty(folder: Path, maker: Maker) -> dict[str, list[Row]]:
    """The same with a fault of each kind, each at the end of its table."""
    rows = clean(folder, maker)
    train, val = rows["train"], rows["val"]
    make, change = maker.make, maker.change
    train += [Row(make(folder, 200 + n, f"many_{n}"), "a") for n in range(200)]
    train += [Row(make(folder, 500 + n, f"rare_{n}"), "rare") for n in range(2)]
    train.append(Row(make(folder, 0, "again"), train[0].label))
    train.append(Row(make(folder, 1, "turned"), "a"))
    train.append(Row(change(folder, 2, "changed"), train[2].label))
    train.append(Row(make(folder, 600, "nameless"), ""))
    val.append(Row(make(folder, 3, "leak"), train[3].label))
    val.append(Row(change(folder, 4, "leaking"), train[4].label))
    val.append(Row(make(folder, 601, "last"), "b", train[5].patient))
    return rows


def data(folder: Path, maker: Maker, rows: dict[str, list[Row]]) -> Data:
    """The tables on disk, and what opens them."""
    for split, ones in rows.items():
        write(folder / f"{split}.csv", maker.column, ones)
    return Data(train=str(folder / "train.csv"), val=str(folder / "val.csv"))
