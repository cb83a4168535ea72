"""The handwritten digits that ship in scikit-learn: 1,797 grey images of 8 x 8.

E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.config.schema import Data
from ftcli.data.sampling import stratified
from ftcli.data.sources.arrays import KnownSplit, Listed
from ftcli.errors import InstallationError

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
    table = _read()
    numbers = table[:, -1].astype(np.int64)
    ids = [str(index) for index in range(len(table))]
    test = stratified(ids, numbers, HELD_OUT, seed=0, salt="digits")
    chosen = np.flatnonzero(test == (split == "test"))
    grey = np.round(table[chosen, :-1] * (255 / 16)).astype(np.uint8)
    return Listed(grey.reshape(-1, 8, 8), numbers[chosen].tolist(), CLASSES)


def _read() -> NDArray[Any]:
    """Rows of 64 grey levels and the digit. Read without scikit-learn, whose import takes two seconds."""
    package = find_spec("sklearn")
    if package is None or not package.submodule_search_locations:
        raise InstallationError("the data set digits is part of scikit-learn: pip install scikit-learn")
    path = Path(package.submodule_search_locations[0]) / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        return np.loadtxt(path, delimiter=",")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.column_stack([bunch.data, bunch.target])
