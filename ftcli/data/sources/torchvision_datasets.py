"""Data sets that torchvision knows how to download, by name."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.config.schema import Data
from ftcli.data.sources.archives import torchvision_by_rules
from ftcli.data.sources.arrays import KnownSplit, Listed
from ftcli.errors import DataError
from ftcli.system.offline import is_offline

_DIGITS = tuple("0123456789")


def default_root() -> Path:
    """Where downloads are kept when `data.root` is left out."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ftcli" / "data"


@dataclass(frozen=True, slots=True)
class Known:
    """One class of `torchvision.datasets`. Called with the configuration, it gives the family of its splits.

    `splits` maps our name of a split to the arguments that ask torchvision for it.
    """

    name: str
    attribute: str
    splits: Mapping[str, Mapping[str, Any]]
    read: Callable[[Any, Sequence[str]], Listed]
    classes: tuple[str, ...] = ()  # where torchvision has no names, or none that people use
    options: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, data: Data) -> TorchvisionFamily:
        return TorchvisionFamily(self, Path(data.root) if data.root else default_root(), data.download)


@dataclass(frozen=True, slots=True)
class TorchvisionFamily:
    """The splits of one data set in one folder."""

    known: Known
    root: Path
    download: bool

    @property
    def name(self) -> str:
        return self.known.name

    @property
    def usual(self) -> Mapping[str, str]:
        return {name: name for name in self.known.splits}

    def names(self) -> tuple[str, ...]:
        return tuple(self.known.splits)

    def split(self, name: str) -> KnownSplit:
        keys = frozenset({"root", "download"})
        return KnownSplit(
            f"{self.name} ({name})", "a data set of torchvision", keys, partial(self.load, name)
        )

    def load(self, split: str) -> Listed:
        """Build torchvision's data set, downloading it if it may. Raises `DataError` where it is missing."""
        from torchvision import datasets

        make = getattr(datasets, self.known.attribute)
        try:
            download = self.download and not is_offline()
            if download:
                self.root.mkdir(parents=True, exist_ok=True)
            with torchvision_by_rules():
                found = make(self.root, **self.known.splits[split], **self.known.options, download=download)
        except DataError:
            raise
        except pickle.PickleError as error:
            raise DataError(
                f"{self.name}: a file in {self.root.absolute()} holds more than data; remove it"
            ) from error
        except Exception as error:  # torchvision raises what its many readers raise
            raise DataError(self._missing(split, error)) from error
        return self.known.read(found, self.known.classes or found.classes)

    def _missing(self, split: str, error: Exception) -> str:
        tried = "could not be downloaded" if self.download else "is not there, and data.download is false"
        tried = "is not there, and --offline downloads nothing" if is_offline() else tried
        return (
            f"{self.name}: the {split} split {tried}: {type(error).__name__}: {error}. Looked in "
            f"{self.root.absolute()}. Put the files of torchvision.datasets.{self.known.attribute} there, "
            "or set data.root to a folder that has them"
        )


def _arrays(found: Any, classes: Sequence[str]) -> Listed:
    """Data sets that hold all their images in memory, as (N, H, W), (N, H, W, 3) or (N, 3, H, W)."""
    images = np.asarray(found.data)
    if images.ndim == 4 and images.shape[1] == 3:
        images = images.transpose(0, 2, 3, 1)
    numbers = found.targets if hasattr(found, "targets") else found.labels
    return Listed(images, np.asarray(numbers).tolist(), classes)


def _files(found: Any, classes: Sequence[str]) -> Listed:
    """Data sets that give files to a `loader`: ours returns the path, so that nothing is decoded here."""
    pairs = [found[index] for index in range(len(found))]
    return Listed([Path(path) for path, _ in pairs], [int(number) for _, number in pairs], classes)


def _pets(found: Any, classes: Sequence[str]) -> Listed:
    return Listed(list(found._images), list(found._labels), classes)  # this class takes no loader


def _signs(found: Any, classes: Sequence[str]) -> Listed:
    return Listed(
        [Path(path) for path, _ in found._samples], [number for _, number in found._samples], classes
    )


_PATHS: Mapping[str, Any] = {"loader": Path}
_TRAIN_TEST: Mapping[str, Mapping[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
_TWO: Mapping[str, Mapping[str, Any]] = {name: {"split": name} for name in ("train", "test")}
_THREE: Mapping[str, Mapping[str, Any]] = {name: {"split": name} for name in ("train", "val", "test")}

cifar10 = Known("cifar10", "CIFAR10", _TRAIN_TEST, _arrays)
cifar100 = Known("cifar100", "CIFAR100", _TRAIN_TEST, _arrays)
dtd = Known("dtd", "DTD", _THREE, _files, options=_PATHS)
eurosat = Known("eurosat", "EuroSAT", {"train": {}}, _files, options=_PATHS)
fashion_mnist = Known("fashion-mnist", "FashionMNIST", _TRAIN_TEST, _arrays)
fgvc_aircraft = Known("fgvc-aircraft", "FGVCAircraft", _THREE, _files, options=_PATHS)
flowers102 = Known("flowers102", "Flowers102", _THREE, _files, options=_PATHS)
food101 = Known("food101", "Food101", _TWO, _files, options=_PATHS)
gtsrb = Known("gtsrb", "GTSRB", _TWO, _signs, tuple(map(str, range(43))))
kmnist = Known("kmnist", "KMNIST", _TRAIN_TEST, _arrays)
mnist = Known("mnist", "MNIST", _TRAIN_TEST, _arrays, _DIGITS)
oxford_pets = Known(
    "oxford-pets", "OxfordIIITPet", {"train": {"split": "trainval"}, "test": {"split": "test"}}, _pets
)
stl10 = Known("stl10", "STL10", _TWO, _arrays)
svhn = Known("svhn", "SVHN", _TWO, _arrays, _DIGITS)
