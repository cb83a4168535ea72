"""Some rows of a source together with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ftcli.config.schema import Data
from ftcli.contracts import Example
from ftcli.data.sampling import Indices
from ftcli.data.sources.base import Opened, Rows
from ftcli.data.targets.columns import InRows, Labels
from ftcli.media.broken_files import check_all


@dataclass(frozen=True, slots=True)
class Selection:
    """Some rows of a source, with their labels: a `Split`. Picklable."""

    rows: Rows
    indices: Indices
    labels: Labels

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Example:
        row = int(self.indices[index])
        inputs, attributes = self.rows.inputs(row), self.rows.attributes(row)
        if not isinstance(self.labels, InRows):
            return Example(self.rows.id(row), inputs, self.labels[index], attributes)
        others = {name: value for name, value in inputs.items() if name != self.labels.role}
        return Example(self.rows.id(row), others, inputs[self.labels.role], attributes)

    def targets(self) -> Labels:
        """The label of every example, in order."""
        return self.labels

    def ids(self) -> Iterator[str]:
        """The id of every example, in order."""
        return (self.rows.id(int(row)) for row in self.indices)

    def take(self, positions: Indices) -> Selection:
        """Some of these examples."""
        return Selection(self.rows, self.indices[positions], self.labels.take(positions))


@dataclass(frozen=True, slots=True)
class Asked(Selection):
    """What is asked to be scored or predicted, as far as it can be used.

    `left_out` says what cannot, and why; it is empty where all can. `notes` are sentences for the user.
    """

    left_out: str = ""
    notes: tuple[str, ...] = ()


def usable(opened: Opened, data: Data) -> Asked:
    """The rows of a split, without those that are broken if `data.bad_files` is skip.

    Raises `DataError` for broken ones otherwise, and where none is left.
    """
    labels, broken = opened.labels, opened.broken
    every = Asked(opened.rows, np.arange(len(labels)), labels, notes=opened.notes)
    if not broken:
        return every
    if data.bad_files == "fail" or not broken.usable():
        check_all([broken], ", or leave them out by --bad-files skip" if broken.usable() else "")
    left = np.flatnonzero(~np.isin(every.indices, broken.rows()))
    return Asked(opened.rows, left, labels.take(left), broken.problem(), opened.notes)
