"""Class names of examples, one or any number of them."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.formats.fields import is_empty
from ftcli.data.targets.base import Targets
from ftcli.data.targets.columns import Categories, Label
from ftcli.data.targets.reading import CellReader, MissingLabelError, Place, Reading
from ftcli.errors import DataError


class LabelTargets(Targets):
    """Classes of whole examples."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return LabelReader(reading, place)


class LabelReader:
    """Collects a column of class names. Raises `DataError` for a cell that is not a label.

    An empty cell says of several labels that there are none, unless such rows are to be left out.
    """

    def __init__(self, reading: Reading, place: Place) -> None:
        self._reading = reading
        self._place = place
        self._kind = reading.kind
        self._fixed = False
        self._codes = array("i")
        self._known: dict[Any, int] = {}
        self._first_missing = ""  # what is wrong with the first cell that has no label

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        value: Label = cell.strip() if isinstance(cell, str) and not self._kind.many else ""
        value = value or self._value(cell, position)
        self._codes.append(self._known.setdefault(value, len(self._known)))
        self._fixed = self._fixed or value != ()

    def labels(self) -> Categories:
        """Everything that was added. Raises `DataError` for examples of no class where each has one."""
        if () in self._known and not self._kind.many:
            raise DataError(
                f"{self._first_missing}. data.missing_labels: empty is for several labels, and here each example has "
                "one; skip leaves out those without"
            )
        codes = np.frombuffer(self._codes, dtype=np.int32) if self._codes else np.empty(0, dtype=np.int32)
        return Categories(self._kind, codes, tuple(self._known))

    def _value(self, cell: object, position: int) -> Label:
        try:
            if (
                isinstance(cell, str)
                and is_empty(cell)
                and (not self._kind.many or self._reading.missing == "skip")
            ):
                raise self._missing(position, "is empty: every example needs a label")
            return self._names(cell, position)
        except MissingLabelError as error:
            if self._reading.missing != "empty":
                raise
            self._first_missing = self._first_missing or str(error)
            return ()

    def _names(self, cell: object, position: int) -> Label:
        if isinstance(cell, list | tuple) and self._kind.turns_to is not None and not self._fixed:
            self._kind = KINDS[self._kind.turns_to]  # the first cell decides for the column
        if not self._kind.many:
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
            raise self._missing(position, "is missing: every example needs a label")
        if isinstance(cell, list | tuple | dict | bytes):
            raise self._error(position, f"is {json.dumps(cell, default=str)}, which is not one label")
        return label_text(cell)

    def _missing(self, position: int, words: str) -> DataError:
        return MissingLabelError(str(self._error(position, words)))

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the label in column {self._reading.column!r} {words}")


def label_text(cell: object) -> str:
    """A class name from any scalar. 3.0 is "3": tables with gaps turn whole numbers to floats."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
