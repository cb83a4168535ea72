"""The embedded handwritten digits: 1,797 grey images of 8 x 8, which `load_digits` of scikit-learn gives, too.

E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49 (CC BY 4.0), test set. `assets/digits.csv.gz` has 64 grey levels, 0 to 16, and the digit
of each image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.resources import as_file, files

import numpy as np

from ftcli.config.schema import Data
from ftcli.data.sampling import stratified
from ftcli.data.sources.arrays import KnownSplit, Listed

HELD_OUT = 0.5  # the test split: which half is fixed, whatever the seed of the experiment
CLASSES = tuple("0123456789")


@dataclass(frozen=True, slots=True)
class Digits:
    """The splits of the data set."""

    name: str = "digits"

    @property
    def usual(self) -> Mapping[str, str]:
        return {"train": "train", "test": "test"}

    def names(self) -> tuple[str, ...]:
        return ("train", "test")

    def split(self, name: str) -> KnownSplit:
        return KnownSplit(f"digits ({name})", "an embedded data set", frozenset(), partial(load, name))


def digits(data: Data) -> Digits:
    """The family of splits. There is nothing to configure."""
    return Digits()


def load(split: str) -> Listed:
    """One of the halves; grey levels 0..16 become 0..255."""
    with as_file(files("ftcli") / "assets" / "digits.csv.gz") as path:
        table = np.loadtxt(path, delimiter=",")
    numbers = table[:, -1].astype(np.int64)
    ids = [str(index) for index in range(len(table))]
    test = stratified(ids, numbers, HELD_OUT, seed=0, salt="digits")
    chosen = np.flatnonzero(test == (split == "test"))
    grey = np.round(table[chosen, :-1] * (255 / 16)).astype(np.uint8)
    return Listed(grey.reshape(-1, 8, 8), numbers[chosen].tolist(), CLASSES)
