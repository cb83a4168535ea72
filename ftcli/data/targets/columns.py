"""Targets as columns. Of names and numbers, 4 or 8 bytes of every example are held in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import TargetKind
from ftcli.errors import DataError

Label = str | tuple[str, ...] | float | None


class _Column(Sequence[Label]):
    """What the columns share: labels by position, each made when it is asked for."""

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

    def __init__(self, kind: TargetKind, codes: NDArray[np.int32], values: tuple[Label, ...]) -> None:
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

    def renamed(self, rename: Callable[[str], str | None]) -> tuple[Categories, NDArray[np.int64]]:
        """Every name through `rename`; and which examples keep one, or had none. The others have no valid code."""
        values: dict[Label, int] = {}
        codes = np.full(len(self.values), -1, dtype=np.int32)
        for code, names in enumerate(self.sets()):
            new = tuple(dict.fromkeys(name for name in map(rename, names) if name is not None))
            if new or not names:
                codes[code] = values.setdefault(new if self.kind.many else new[0], len(values))
        moved = codes[self.codes]
        return Categories(self.kind, moved, tuple(values)), np.flatnonzero(moved >= 0)

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

    def __init__(self, kind: TargetKind, values: NDArray[np.float64]) -> None:
        self.kind = kind
        self.numbers = values

    def __len__(self) -> int:
        return len(self.numbers)

    def at(self, index: int) -> float:
        return float(self.numbers[index])

    def take(self, indices: NDArray[np.int64]) -> Numbers:
        """The numbers of these examples."""
        return Numbers(self.kind, self.numbers[indices])


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
        self.role = kind.role
        self._size = size

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> Label:
        raise LookupError("the target is in the row")

    def take(self, indices: NDArray[np.int64]) -> InRows:
        """The targets of these examples."""
        return InRows(self.kind, len(indices))


class Itself(_Column):
    """What is learned is the input itself, so that every target is True."""

    def __init__(self, kind: TargetKind, size: int) -> None:
        self.kind = kind
        self._size = size

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> bool:
        return True

    def take(self, indices: NDArray[np.int64]) -> Itself:
        """The targets of these examples."""
        return Itself(self.kind, len(indices))


class Unlabelled(_Column):
    """Examples without targets."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def at(self, index: int) -> None:
        return None

    def take(self, indices: NDArray[np.int64]) -> Unlabelled:
        """As many examples."""
        return Unlabelled(len(indices))


Labels = Categories | Numbers | Structures | InRows | Itself | Unlabelled


def joined(parts: Sequence[Labels]) -> Labels:
    """The targets of several tables, one after another. Raises `DataError` where they are not of one kind."""
    first, size = parts[0], sum(map(len, parts))
    if len({(type(part), getattr(part, "kind", first)) for part in parts}) > 1:
        raise DataError("some of the files have one label in each row, and others a list of them")
    if isinstance(first, Categories):
        return _joined_categories([part for part in parts if isinstance(part, Categories)])
    if isinstance(first, Numbers):
        values = [part.numbers for part in parts if isinstance(part, Numbers)]
        return Numbers(first.kind, np.concatenate(values))
    if isinstance(first, Structures):
        all_of = [part for part in parts if isinstance(part, Structures)]
        items, tallies = (
            [one for part in all_of for one in getattr(part, name)] for name in ("items", "tallies")
        )
        return Structures(first.kind, items, tallies, tuple(name for part in all_of for name in part.known))
    return Unlabelled(size) if isinstance(first, Unlabelled) else type(first)(first.kind, size)


def _joined_categories(parts: Sequence[Categories]) -> Categories:
    known: dict[Label, int] = {}
    codes = []
    for part in parts:
        moved = [known.setdefault(value, len(known)) for value in part.values]
        codes.append(np.asarray(moved, dtype=np.int32)[part.codes])
    return Categories(parts[0].kind, np.concatenate(codes), tuple(known))
