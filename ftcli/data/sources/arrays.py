"""Rows that are in memory or are files listed by a data set, each with a class number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import IMAGE
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import IMAGE_FILES


@dataclass(frozen=True, slots=True)
class Listed:
    """Images and their class numbers. An image is a path, or an array (H, W) or (H, W, 3) of uint8."""

    images: Any  # a sequence; an array is one along its first axis
    numbers: Sequence[int]
    classes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListedRows(NumberedRows):
    """The rows of `Listed`."""

    name: str
    images: Any

    def __len__(self) -> int:
        return len(self.images)

    def id(self, index: int) -> str:
        image = self.images[index]
        return str(image) if isinstance(image, Path) else str(index)

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {"image": self.images[index]}

    def place(self, index: int) -> str:
        return f"{self.name}: example {index}"


@dataclass(frozen=True, slots=True)
class KnownSplit:
    """One split of a data set that is known by name; `load` is called when it is opened."""

    name: str
    what: str
    keys: frozenset[str]
    load: Callable[[], Listed]
    holds: Modality = IMAGE

    def reads(self, files: Modality) -> frozenset[str]:
        return self.keys

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        listed = self.load()
        rows = ListedRows(self.name, listed.images)
        broken = BrokenFiles(f"in {self.name}", IMAGE_FILES)
        for image in listed.images:
            if isinstance(image, Path):
                broken.add(image)
        if not reading.labelled:
            return Opened(rows, Unlabelled(len(rows)), broken=broken)
        labels = targets_of(reading.kind).cells(reading, rows.place)
        for index, number in enumerate(listed.numbers):
            labels.add(listed.classes[number], index)
        return Opened(rows, labels.labels(), broken=broken)
