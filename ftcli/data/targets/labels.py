"""Class names of examples, one or any number of them."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.indicators import Indicators, are_marked, indicated, places_of_1
from ftcli.data.cells.lists import all_listed, listed
from ftcli.data.cells.numerals import same_numbers, whole
from ftcli.data.cells.scalars import label_text
from ftcli.data.cells.separators import are_bracketed
from ftcli.data.formats.fields import is_empty
from ftcli.data.targets.base import Targets
from ftcli.data.targets.columns import Categories, Label
from ftcli.data.targets.reading import CellReader, MissingLabelError, Place, Reading
from ftcli.errors import DataError, cut


class LabelTargets(Targets):
    """Classes of whole examples."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return LabelReader(reading, place)


class LabelReader:
    """Collects a column of class names, or columns of 0 and 1. Raises `DataError` for a cell that is not a label.

    What the texts of a column are is decided when all were seen: names, several names with a separator, or lists. An
    empty cell says of several labels that there are none, unless such rows are to be left out.
    """

    def __init__(self, reading: Reading, place: Place) -> None:
        self._reading = reading
        self._place = place
        self._kind = reading.kind
        self._codes = array("i")
        self._known: dict[Any, int] = {}
        self._first: list[int] = []  # where each distinct value was seen first
        self._bracketed = False  # whether each text that is not a list stands in brackets
        self._in_columns = False  # whether each column is a class
        self._first_missing = ""  # what is wrong with the first cell that has no label
        self.notes: tuple[str, ...] = ()

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        value: Label = cell.strip() if isinstance(cell, str) and not self._kind.many else ""
        value = value or self._read(cell, position)
        code = self._known.setdefault(value, len(self._known))
        if code == len(self._first):
            self._first.append(position)
        self._codes.append(code)

    def labels(self) -> Categories:
        """Everything that was added. Raises `DataError` for examples of no class where each has one."""
        codes = np.frombuffer(self._codes, dtype=np.int32) if self._codes else np.empty(0, dtype=np.int32)
        texts = [value for value in self._known if isinstance(value, str)]
        lists = all_listed(texts) or {}
        if lists and self._becomes_many():
            count = np.isin(codes, [self._known[text] for text in lists]).sum()
            words = (
                f"{count:,} labels are lists written as text, such as {cut(texts[0])}, and are read as lists"
            )
            self.notes = (words,)
        elif not lists and (some := next((text for text in texts if listed(text) is not None), None)):
            other = next(text for text in texts if text and listed(text) is None)
            words = f"labels such as {cut(some)} are not read as lists, as {cut(repr(other))} is not one"
            self.notes = (words,)
        if () in self._known and not self._kind.many:
            raise DataError(
                f"{self._first_missing}. data.missing_labels: empty is for several labels, and here each example has "
                "one; skip leaves out those without"
            )
        self._bracketed = are_bracketed(texts)
        values = self._places([self._meaning(one, lists) for one in self._known], codes)
        return self._numbered(Categories(self._kind, codes, values))

    def _read(self, cell: object, position: int) -> Label:
        """The label of a cell; a text as it is."""
        needed = not self._kind.many or self._reading.separator is None or self._reading.missing == "skip"
        try:
            if isinstance(cell, str) and needed and is_empty(cell):
                raise self._missing(position, "is empty: every example needs a label")
            return cell.strip() if isinstance(cell, str) else self._names(cell, position)
        except MissingLabelError as error:
            if self._reading.missing != "empty":
                raise
            self._first_missing = self._first_missing or str(error)
            return ()

    def _names(self, cell: object, position: int) -> Label:
        """The label of a cell that is not a text."""
        if isinstance(cell, Indicators) and self._becomes_many():
            self._in_columns = True
            return self._indicated(cell, position)
        if isinstance(cell, list | tuple) and self._known.keys() <= {()}:
            self._becomes_many()  # the first cell decides for the column
        if not self._kind.many:
            return self._name(cell, position)
        names = (self._name(part, position) for part in (cell if isinstance(cell, list | tuple) else [cell]))
        return tuple(name for name in names if name)

    def _indicated(self, cells: Indicators, position: int) -> tuple[str, ...]:
        """The columns that have 1. An empty cell is a missing label, or 0 if those are to be taken so."""
        if (empty := cells.empty()) and self._reading.missing != "empty":
            where = f"{self._place(position)}: the label in column {empty[0]!r}"
            words = "0 or 1 is wanted, as each column is a class (data.missing_labels: empty takes it for 0)"
            raise MissingLabelError(f"{where} is empty: {words}")
        try:
            return indicated(cells)
        except ValueError as error:
            raise DataError(f"{self._place(position)}: the label in {error}") from None

    def _becomes_many(self) -> bool:
        """Whether examples may have several labels, from now on at the latest."""
        if self._kind.turns_to is not None:
            self._kind = KINDS[self._kind.turns_to]
        return self._kind.many

    def _meaning(self, value: Label, lists: Mapping[str, tuple[str, ...]]) -> Label:
        """What a text means; any other value is a label, or the items of a list, already."""
        if not isinstance(value, str) or not self._kind.many:
            return value
        separator = self._reading.separator
        if value not in lists and separator is None:
            position = self._first[self._known[value]]
            raise self._error(position, f"is {value!r}, where the other rows have a list of labels")
        bare = value[1:-1] if self._bracketed else value
        names = lists[value] if value in lists else bare.split(separator)
        return tuple(name.strip() for name in names if name.strip())

    def _places(self, values: list[Label], codes: NDArray[np.int32]) -> tuple[Label, ...]:
        """The labels: of lists each item once, or, where all have a 0 or 1 for each class, the places of 1."""
        lists = [value for value in values if isinstance(value, tuple) and value]
        if not self._in_columns and are_marked(lists):
            words = (
                f"{len(codes):,} labels are lists of 0 and 1, so each of {len(lists[0])} places is a class"
            )
            self.notes += (f"{words}, 0 to {len(lists[0]) - 1} (data.class_names)",)
            return tuple(places_of_1(one) if isinstance(one, tuple) else one for one in values)
        return tuple(tuple(dict.fromkeys(one)) if isinstance(one, tuple) else one for one in values)

    def _numbered(self, labels: Categories) -> Categories:
        """The same labels, each value once, with 1 for 1.0 where all are numbers and both are there."""
        counts = labels.counts()
        written = [name for name in counts if whole(name) == name]
        if changed := same_numbers(counts, written):
            first = next(iter(changed))
            count = sum(counts[name] for name in changed)
            words = f"{count:,} labels such as {first!r} are numbers that others write as {changed[first]!r}"
            self.notes += (f"{words}, and are the same classes",)
        return labels.renamed(lambda name: changed.get(name, name))[0]

    def _name(self, cell: object, position: int) -> str:
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            raise self._missing(position, "is missing: every example needs a label")
        if isinstance(cell, list | tuple | dict | bytes):
            raise self._error(position, f"is {json.dumps(cell, default=str)}, which is not one label")
        return label_text(cell)

    def _missing(self, position: int, words: str) -> DataError:
        return MissingLabelError(str(self._error(position, words)))

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the label in column {self._reading.column!r} {words}")
