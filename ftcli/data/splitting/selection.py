"""Some rows of a source together with their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ftcli.contracts import Example
from ftcli.data.sampling import Indices
from ftcli.data.sources.base import Rows
from ftcli.data.targets.columns import InRows, Labels


@dataclass(frozen=True, slots=True)
class Selection:
    """Some rows of a source, with their labels: a `Split`. Picklable. `notes` are sentences for the user."""

    rows: Rows
    indices: Indices
    labels: Labels
    notes: tuple[str, ...] = ()

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
