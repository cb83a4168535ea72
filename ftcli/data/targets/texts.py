"""Targets that are texts or files of the row itself, and inputs that are their own target."""

from __future__ import annotations

from ftcli.contracts import TargetKind
from ftcli.data.targets.base import Targets
from ftcli.data.targets.columns import InRows, Itself
from ftcli.data.targets.reading import CellReader, Place, Reading


class TextTargets(Targets):
    """Texts and sounds, which are read with the inputs of their row."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return RowCounter(self.kind, InRows)


class InputTargets(Targets):
    """Inputs that are learned themselves."""

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return RowCounter(self.kind, Itself)


class RowCounter:
    """Counts rows whose targets stay where they are; whether they are texts is checked with the other texts."""

    notes: tuple[str, ...] = ()

    def __init__(self, kind: TargetKind, column: type[InRows] | type[Itself]) -> None:
        self._kind, self._column, self._size = kind, column, 0

    def add(self, cell: object, position: int) -> None:
        """One more row."""
        self._size += 1

    def labels(self) -> InRows | Itself:
        """As many as were added."""
        return self._column(self._kind, self._size)
