"""What differs between kinds of targets when data is read. A class for a kind is named by its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ftcli.contracts import TargetKind
from ftcli.data.targets.reading import CellReader, Place, Reading, Rename
from ftcli.errors import DataError
from ftcli.registry import part


class Targets:
    """Targets of one kind: how they are read from a column, renamed and counted."""

    adds_classes: ClassVar[bool] = False  # whether `learnable` has classes that no example has

    def __init__(self, kind: TargetKind) -> None:
        self.kind = kind

    def cells(self, reading: Reading, place: Place) -> CellReader:
        """What reads the column of a table. Raises `DataError` for a kind that is in no column."""
        raise DataError(
            f"{place(1)}: {self.kind.plural} are not read from a table, but from files of their own"
        )

    def renamed(self, item: Any, rename: Rename) -> Any:
        """One target that holds any number of classes, under other names; without those that have none."""
        raise NotImplementedError

    def tally(self, item: Any, tally: Mapping[str, int], rename: Rename) -> Mapping[str, int]:
        """The counts of the classes of an `item` that was renamed, from those before."""
        found: dict[str, int] = {}
        for name, count in tally.items():
            if (new := rename(name)) is not None:
                found[new] = found.get(new, 0) + count
        return found

    def learnable(self, counts: Mapping[str, int]) -> Iterable[str]:
        """The classes that may be learned, by the counts of the training split."""
        return counts

    def chosen(self, classes: Sequence[str], learnable: Iterable[str]) -> tuple[str, ...]:
        """`data.classes` as the classes that they stand for."""
        return tuple(classes)

    def total(self, counts: Mapping[str, int]) -> int:
        """How many things have a class."""
        return sum(counts.values())

    def values(self, items: Sequence[Any], classes: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
        """Fields of a `Target` for the values that stand for the classes in the data; `names` are those of 0, 1, ..."""
        return {}

    def remarks(self, classes: Sequence[str]) -> Iterable[str]:
        """What looks wrong with the names of the classes, and may be right."""
        return ()


def targets_of(kind: TargetKind) -> Targets:
    """The class that the row of a kind names, made for it."""
    found: Targets = part(kind.reader)(kind)
    return found
