"""One number for each example."""

from __future__ import annotations

import math
import re
from array import array
from decimal import Decimal

import numpy as np

from ftcli.contracts import TargetKind
from ftcli.data.cells.scalars import NOTHING
from ftcli.data.formats.fields import is_empty
from ftcli.data.targets.base import Targets
from ftcli.data.targets.columns import Numbers
from ftcli.data.targets.reading import CellReader, MissingLabelError, Place, Reading
from ftcli.errors import DataError, cut

# Of numbers to learn: the squares of larger ones are beyond float64 in sums, and of float32 altogether.
LARGEST = 1e30
# Other ways to write numbers, and what is said of them.
_WAYS = (
    (r"[-+]?\d{1,3}(,\d{3})+\.\d+|[-+]?\d{1,3}(,\d{3}){2,}", "commas between thousands are left out"),
    (
        r"[-+]?\d{1,3}([. \u00a0\u202f]\d{3})+,\d+",
        "a point stands before decimals, and nothing between thousands",
    ),
    (r"[-+]?\d+,\d{3}", "a comma stands neither before decimals, where a point does, nor between thousands"),
    (r"[-+]?\d*,\d+", "a point, not a comma, stands before decimals"),
    (r"[-+]?[\d.,]+\s*%", "a percentage is written without its sign, in the same unit in all rows"),
    (r"\D{1,4}\s*[-+]?[\d.,]+|[-+]?[\d.,]+\s*\D{1,4}", "a number is written without currency or unit"),
)


class NumberTargets(Targets):
    """Numbers."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return NumberReader(self.kind, reading.column, place)


class NumberReader:
    """Collects a column of numbers. Raises `DataError` for a cell that is not a finite number."""

    notes: tuple[str, ...] = ()

    def __init__(self, kind: TargetKind, column: str, place: Place) -> None:
        self._kind, self._column, self._place = kind, column, place
        self._numbers = array("d")

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        self._numbers.append(self._number(cell, position))

    def labels(self) -> Numbers:
        """Everything that was added."""
        values = np.frombuffer(self._numbers, dtype=np.float64) if self._numbers else np.empty(0)
        return Numbers(self._kind, values)

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
            if is_empty(cell):
                raise self._missing(position, "is empty") from None
            if isinstance(cell, str) and cell.strip() in NOTHING:
                raise self._missing(position, f"is {cell!r}, which is not a number") from None
            words = f"is {cell!r}, which is not a number{_hint(cell)}"
            raise self._error(position, words) from None
        if math.isnan(number):
            raise self._missing(position, f"is {cell!r}, which is not a finite number")
        if not math.isfinite(number):
            raise self._error(position, f"is {cut(repr(cell))}, which is not a finite number")
        if abs(number) > LARGEST:
            raise self._error(position, f"is {cell!r}: at most {LARGEST:g} can be learned")
        return number

    def _missing(self, position: int, words: str) -> DataError:
        return MissingLabelError(str(self._error(position, words)))

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the label in column {self._column!r} {words}")


def _hint(cell: object) -> str:
    """How a cell is to be written that is a number to its writer; "" for any other."""
    text = cell.strip() if isinstance(cell, str) else ""
    found = next((words for way, words in _WAYS if re.fullmatch(way, text)), None)
    return f": {found}" if found else ""
