"""What every source offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ftcli.contracts import Modality
from ftcli.data.columns import Roles
from ftcli.data.labels import Labels, Reading


class Rows(Protocol):
    """The rows of one split, read when asked for. Picklable; each process opens files for itself."""

    @property
    def name(self) -> str: ...

    def __len__(self) -> int: ...
    def id(self, index: int) -> str:
        """The path of a file below its folder, or the number of a row from 1."""
        ...

    def inputs(self, index: int) -> Mapping[str, Any]:
        """`Example.inputs` of one row."""
        ...

    def place(self, index: int) -> str:
        """Where a row is, for messages: "reviews.csv:12"."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A split that was looked through once."""

    rows: Rows
    labels: Labels
    notes: tuple[str, ...] = ()


class Opener(Protocol):
    """One split that exists, not yet looked through."""

    @property
    def name(self) -> str: ...

    @property
    def what(self) -> str:
        """Such as "a CSV table", for messages."""
        ...

    def reads(self, modality: Modality) -> frozenset[str]:
        """The keys of `schema.Data` that this source takes notice of, beyond those that all share."""
        ...

    def columns(self) -> tuple[str, ...] | None:
        """Names of its columns; None where the source itself says what is the image and what the label."""
        ...

    def open(self, roles: Roles, reading: Reading) -> Opened:
        """Look through all rows once: offsets, labels, whether files exist. Raises `DataError`."""
        ...


class Family(Protocol):
    """The splits that one source has, under its own names."""

    @property
    def name(self) -> str: ...

    @property
    def usual(self) -> Mapping[str, str]:
        """Its own names of the splits "train", "val" and "test", those that it has."""
        ...

    def names(self) -> tuple[str, ...]:
        """Its own names of its splits."""
        ...

    def split(self, name: str) -> Opener: ...


@dataclass(frozen=True, slots=True)
class Single:
    """A family of one: a table, or a folder of class folders."""

    opener: Opener

    @property
    def name(self) -> str:
        return self.opener.name

    @property
    def usual(self) -> Mapping[str, str]:
        return {"train": "train"}

    def names(self) -> tuple[str, ...]:
        return ("train",)

    def split(self, name: str) -> Opener:
        return self.opener
