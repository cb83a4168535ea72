"""Labels as columns. Of names and numbers, 4 or 8 bytes of every example are held in memory."""

from __future__ import annotations

import json
import math
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import TargetKind
from ftcli.data.conditions import Condition
from ftcli.errors import DataError, cut

LARGEST = 1e30  # of numbers to learn: the squares of larger ones are beyond float64 in sums, and of float32 altogether

Label = str | tuple[str, ...] | float | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of a label column are understood. A `kind` of None: there are no labels.

    "single-label" turns to "multi-label" when the first cell is a list, as JSONL and Parquet have them. `conditions`
    are on other cells of the row: the rows that meet one are another split. With `words` a text may be a list of words.
    """

    kind: TargetKind | None
    separator: str | None = None
    column: str = "label"
    conditions: tuple[Condition, ...] = ()
    words: bool = False


class _Column(Sequence[Label]):
    """What the two kinds of column share."""

    @overload
    def __getitem__(self, index: int) -> Label: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Label]: ...
    def __getitem__(self, index: int | slice) -> Label | Sequence[Label]:
        if isinstance(index, slice):
            return [self.at(i) for i in range(*index.indices(len(self)))]
        return self.at(range(len(self))[index])

    def at(self, index: int) -> Label:
        """The label of one example."""
        raise NotImplementedError


class Categories(_Column):
    """Class names, or tuples of them: an int32 code for each example, and each distinct value once."""

    def __init__(self, kind: TargetKind | None, codes: NDArray[np.int32], values: tuple[Label, ...]) -> None:
        self.kind = kind
        self.codes = codes
        self.values = values

    def __len__(self) -> int:
        return len(self.codes)

    def at(self, index: int) -> Label:
        return self.values[int(self.codes[index])]

    def take(self, indices: NDArray[np.int64]) -> Categories:
        """The labels of these examples."""
        return Categories(self.kind, self.codes[indices], self.values)

    def sets(self) -> list[tuple[str, ...]]:
        """The distinct values, each as a tuple of class names."""
        return [value if isinstance(value, tuple) else (str(value),) for value in self.values]

    def first(self, name: str) -> int:
        """The first example that has the class."""
        having = np.asarray([name in names for names in self.sets()])
        return int(np.argmax(having[self.codes]))

    def counts(self) -> dict[str, int]:
        """How many examples have each class."""
        found: dict[str, int] = {}
        sizes = np.bincount(self.codes, minlength=len(self.values))
        for names, size in zip(self.sets(), sizes.tolist(), strict=True):
            for name in names if size else ():
                found[name] = found.get(name, 0) + size
        return found


class Numbers(_Column):
    """One float64 for each example."""

    kind: TargetKind = "number"

    def __init__(self, values: NDArray[np.float64]) -> None:
        self.numbers = values

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, index: int) -> float:
        return float(self.numbers[index])

    def take(self, indices: NDArray[np.int64]) -> Numbers:
        """The numbers of these examples."""
        return Numbers(self.numbers[indices])


class Chosen(Sequence[Any]):
    """Some items of a sequence, in an order, without a copy of them."""

    def __init__(self, items: Sequence[Any], indices: NDArray[np.int64]) -> None:
        self.items: Sequence[Any] = items
        self.indices: NDArray[np.int64] = indices

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return Chosen(self.items, self.indices[index])
        return self.items[int(self.indices[index])]


class Structures(_Column):
    """Targets that hold any number of classes each: boxes, masks, tags. `tallies` counts those of each example.

    `known` are classes that the data names, whether an example has them or not.
    """

    def __init__(
        self,
        kind: TargetKind,
        items: Sequence[Any],
        tallies: Sequence[Mapping[str, int]],
        known: tuple[str, ...] = (),
    ) -> None:
        self.kind = kind
        self.items = items
        self.tallies = tallies
        self.known = known

    def __len__(self) -> int:
        return len(self.items)

    def at(self, index: int) -> Any:
        return self.items[index]

    def take(self, indices: NDArray[np.int64]) -> Structures:
        """The targets of these examples."""
        return Structures(self.kind, Chosen(self.items, indices), Chosen(self.tallies, indices), self.known)

    def total(self) -> int:
        """How many boxes, pixels or words there are."""
        return sum(sum(tally.values()) for tally in self.tallies)

    def first(self, name: str) -> int:
        """The first example that has the class."""
        return next(i for i, tally in enumerate(self.tallies) if name in tally)

    def counts(self) -> dict[str, int]:
        """How many boxes, pixels or words have each class; 0 for one that is only known by name."""
        total: Counter[str] = Counter(dict.fromkeys(self.known, 0))
        for tally in self.tallies:
            total.update(tally)
        return dict(total)


class InRows(_Column):
    """Targets that are read together with the inputs, which hold them as `role`."""

    def __init__(self, kind: TargetKind, size: int) -> None:
        self.kind = kind
        self.role = "audio" if kind == "speech" else "target"
        self._size = size

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> Label:
        raise LookupError("the target is in the row")

    def take(self, indices: NDArray[np.int64]) -> InRows:
        """The targets of these examples."""
        return InRows(self.kind, len(indices))


# Targets that are texts or files of the table.
IN_ROWS: tuple[TargetKind, ...] = ("text", "transcript", "speech")


class Itself(_Column):
    """What is learned is the input itself, so that every target is True."""

    kind: TargetKind = "tokens"

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> bool:
        return True

    def take(self, indices: NDArray[np.int64]) -> Itself:
        """The targets of these examples."""
        return Itself(len(indices))


Labels = Categories | Numbers | Structures | InRows | Itself


def unlabelled(size: int) -> Categories:
    """The labels of `size` examples that have none."""
    return Categories(None, np.zeros(size, dtype=np.int32), (None,))


class Unread:
    """The place of a `LabelReader` where targets stay in the rows: it counts them."""

    def __init__(self, kind: TargetKind) -> None:
        self._kind, self._size = kind, 0

    def add(self, cell: object, position: int) -> None:
        """One more target; whether it is a text is looked at with the other texts."""
        self._size += 1

    def labels(self) -> Labels:
        """As many as were added."""
        return InRows(self._kind, self._size)


class LabelReader:
    """Collects a label column cell by cell. Raises `DataError` for a cell that is no label."""

    def __init__(self, reading: Reading, place: Callable[[int], str]) -> None:
        self._reading = reading
        self._place = place  # position of a row -> "file:line"
        self._kind = reading.kind
        self._fixed = False
        self._codes = array("i")
        self._numbers = array("d")
        self._known: dict[Any, int] = {}

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        if self._kind == "number":
            self._numbers.append(self._number(cell, position))
            return
        if isinstance(cell, str) and self._kind == "single-label":
            value: Label = cell.strip()
        else:
            value = self._names(cell, position)
        if value == "":
            raise self._error(position, "is empty: every example needs a label")
        self._codes.append(self._known.setdefault(value, len(self._known)))
        self._fixed = True

    def labels(self) -> Labels:
        """Everything that was added."""
        if self._kind == "number":
            return Numbers(np.frombuffer(self._numbers, dtype=np.float64) if self._numbers else np.empty(0))
        codes = np.frombuffer(self._codes, dtype=np.int32) if self._codes else np.empty(0, dtype=np.int32)
        return Categories(self._kind, codes, tuple(self._known))

    def _names(self, cell: object, position: int) -> Label:
        if self._kind == "single-label" and isinstance(cell, list | tuple) and not self._fixed:
            self._kind = "multi-label"  # the first cell decides for the column
        if self._kind == "single-label":
            return self._name(cell, position)
        if isinstance(cell, str):
            if self._reading.separator is None:
                raise self._error(position, f"is {cell!r}, where the other rows have a list of labels")
            parts: Sequence[object] = cell.split(self._reading.separator)
        elif isinstance(cell, list | tuple):
            parts = cell
        else:
            parts = [cell]
        names = (self._name(part, position) for part in parts)
        return tuple(dict.fromkeys(name for name in names if name))

    def _name(self, cell: object, position: int) -> str:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            raise self._error(position, "is missing: every example needs a label")
        if isinstance(cell, list | tuple | dict | bytes):
            raise self._error(position, f"is {json.dumps(cell, default=str)}, which is not one label")
        return label_text(cell)

    def _number(self, cell: object, position: int) -> float:
        try:
            if (
                isinstance(cell, bool)
                or not isinstance(cell, str | int | float | Decimal)
                or "_" in str(cell)
            ):
                raise ValueError
            number = float(cell)
        except OverflowError:
            number = math.inf
        except ValueError:
            words = "is empty" if cell is None or cell == "" else f"is {cell!r}, which is not a number"
            raise self._error(position, words) from None
        if not math.isfinite(number):
            raise self._error(position, f"is {cut(repr(cell))}, which is not a finite number")
        if abs(number) > LARGEST:
            raise self._error(position, f"is {cell!r}: at most {LARGEST:g} can be learned")
        return number

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the label in column {self._reading.column!r} {words}")


def label_text(cell: object) -> str:
    """A class name from any scalar. 3.0 is "3": tables with gaps turn whole numbers to floats."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
