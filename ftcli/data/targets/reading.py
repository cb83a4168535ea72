"""How targets are read: what the configuration says of them, and what takes the cells of a column."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ftcli.contracts import TargetKind
from ftcli.data.conditions import Condition
from ftcli.data.targets.columns import Labels
from ftcli.errors import DataError

Place = Callable[[int], str]  # position of a row -> "file:line"
Rename = Callable[[str], str | None]  # a new name, or None for what is left out


@dataclass(frozen=True, slots=True)
class Learned:
    """What the training split has shown, by which the other splits are read.

    `names` are those of the values of masks; `keys` are keys of `data` that were left out, with the value that the
    examples show to be right, and why. `upright` is which way up annotations of images are that EXIF turns.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    keys: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    upright: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a label column are understood, and whether they are read at all.

    A kind may turn to another one when the first cell is a list, as JSONL and Parquet have them. `conditions` are on
    other cells of the row: the rows that meet one are another split. `orientation` is that of annotations and `missing`
    is `missing_labels`, as in the configuration, `names` are `data.class_names`, and `learned` is None for the training
    split itself.
    """

    kind: TargetKind
    separator: str | None = None
    column: str = "label"
    conditions: tuple[Condition, ...] = ()
    labelled: bool = True
    orientation: str = "auto"
    names: tuple[str, ...] | None = None
    learned: Learned | None = None
    missing: str = "fail"


class MissingLabelError(DataError):
    """A cell that has no label in it."""


class CellReader(Protocol):
    """Collects the targets of a table row by row."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of how the cells were read, once `labels` was called."""
        ...

    def add(self, cell: object, position: int) -> None:
        """Read the cell of one row, or None where no column is read; `position` is only for messages.

        Raises `MissingLabelError` for a cell without a target, `DataError` for one that is not a target.
        """
        ...

    def labels(self) -> Labels:
        """Everything that was added."""
        ...
