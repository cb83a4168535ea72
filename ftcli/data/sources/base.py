"""What every source offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Modality
from ftcli.data.conditions import Condition
from ftcli.data.sources.columns import Roles
from ftcli.data.targets.columns import Labels
from ftcli.data.targets.reading import Learned, Reading
from ftcli.errors import DataError, listing
from ftcli.media.broken_files import BrokenFiles


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

    def attributes(self, index: int) -> Mapping[str, Any]:
        """`Example.attributes` of one row."""
        ...

    def place(self, index: int) -> str:
        """Where a row is, for messages: "reviews.csv:12"."""
        ...


@dataclass(frozen=True, slots=True)
class Opened:
    """A split whose rows were all read once. `chosen` has the rows that meet each condition of the `Reading`.

    `broken` has the rows whose files cannot be used: the caller raises an error or leaves them out. `skipped` has a
    line for each example that is not among the rows, as the configuration asks. `learned` is what other splits are
    read by, where this is the training split.
    """

    rows: Rows
    labels: Labels
    notes: tuple[str, ...] = ()
    chosen: Mapping[Condition, NDArray[np.bool_]] = field(default_factory=dict)
    broken: BrokenFiles | None = None
    skipped: tuple[str, ...] = ()
    learned: Learned = field(default_factory=Learned)
    # Whether its texts are chats.
    chats: bool = False

    def whole(self) -> Opened:
        """Itself. Raises `DataError` where a file cannot be used."""
        if self.broken is not None:
            self.broken.check()
        return self


class Opener(Protocol):
    """One split that exists, whose rows are not read yet."""

    @property
    def name(self) -> str: ...

    @property
    def what(self) -> str:
        """Such as "a CSV table", for messages."""
        ...

    @property
    def holds(self) -> Modality | None:
        """What its examples are; None for a table, whose columns may be anything."""
        ...

    def reads(self, files: Modality) -> frozenset[str]:
        """The keys of `schema.Data` that this source reads, beyond those of all; `files` is what examples are."""
        ...

    def columns(self) -> tuple[str, ...] | None:
        """Names of its columns; None where the source itself says what is the image and what the label."""
        ...

    def open(self, roles: Roles, reading: Reading) -> Opened:
        """Read all rows once: offsets, labels, whether files exist. Raises `DataError`."""
        ...


@runtime_checkable
class Nested(Protocol):
    """A source whose columns may have fields within them."""

    def fields(self) -> tuple[str, ...]:
        """Their dotted names, such as translation.en."""
        ...


def fields_of(opener: Opener) -> tuple[str, ...]:
    """The dotted names of what lies within its columns."""
    return opener.fields() if isinstance(opener, Nested) else ()


def check_holds(opener: Opener, wanted: Modality) -> None:
    """Raise `DataError` for a source without columns that holds other things than the task reads."""
    if opener.holds is not None and opener.holds != wanted:
        words = f"holds {opener.holds.plural}, and this task reads {wanted.plural}"
        raise DataError(f"{opener.name} ({opener.what}) {words}")


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
class Several:
    """Splits found in one place, each opened by its own name; `others` only if they are named.

    `sizes` says what others hold, such as `2 images`, and `notes` what else is passed over.
    """

    name: str
    usual: Mapping[str, str]
    opener: Callable[[str], Opener]
    others: tuple[str, ...] = ()
    sizes: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def unread(self) -> Iterator[str]:
        """Notes on what is read only if it is named."""
        if self.others:
            known = self.sizes
            names = [f"{name} ({known[name]})" if name in known else name for name in self.others]
            yield f"{self.name}: not a split, so not read: {listing(names, 5)}"
        yield from self.notes

    def names(self) -> tuple[str, ...]:
        return (*self.usual.values(), *self.others)

    def split(self, name: str) -> Opener:
        return self.opener(name)


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
