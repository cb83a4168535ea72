"""The examples of all splits as findings speak of them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ftcli.contracts.modalities import MODALITIES
from ftcli.data.inventory import NAMES
from ftcli.data.splits import Splits
from ftcli.data.splitting.same_content import Where, item
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import Categories, Numbers, Structures
from ftcli.errors import cut
from ftcli.media.formats import media_of


@dataclass(frozen=True, slots=True)
class Corpus:
    """`parts` are the splits by name, in the order train, val, test. No row of a source is in two of them."""

    parts: Mapping[str, Selection]

    @classmethod
    def of(cls, splits: Splits) -> Corpus:
        """The splits that were opened. A split that is another one itself, as its note says, is there once."""
        parts: dict[str, Selection] = {}
        for name in NAMES:
            part = getattr(splits, name)
            if isinstance(part, Selection):
                for other in parts.values():
                    if other.rows.name == part.rows.name:
                        part = part.take(np.flatnonzero(~np.isin(part.indices, other.indices)))
                if len(part):
                    parts[name] = part
        return cls(parts)

    @property
    def sizes(self) -> dict[str, int]:
        """Examples of each split."""
        return {name: len(part) for name, part in self.parts.items()}

    @property
    def noun(self) -> str:
        """What one of its inputs is: image, text or sound."""
        train = self.parts["train"]
        inputs = train.rows.inputs(int(train.indices[0]))
        name = next((name for name in inputs if name in MODALITIES), "text")
        return media_of(MODALITIES[name]).noun

    def all(self) -> list[Where]:
        """Every example."""
        return [(role, position) for role, part in self.parts.items() for position in range(len(part))]

    def input(self, where: Where) -> Any:
        """Its image or sound, or a tuple of its texts. Raises `DataError` where it cannot be read."""
        return item(self.parts[where[0]], where[1])

    def label(self, where: Where) -> Hashable:
        """What it is labelled with, where two examples with the same input should have the same; else None."""
        labels = self.parts[where[0]].labels
        if isinstance(labels, Categories | Numbers):
            label = labels[where[1]]
            return tuple(sorted(label)) if isinstance(label, tuple) else label
        if isinstance(labels, Structures) and isinstance(found := labels[where[1]], tuple):
            return found
        return None

    def place(self, where: Where) -> str:
        """Where it is: "photos/train/a.jpg", "reviews.csv:12"."""
        part = self.parts[where[0]]
        return part.rows.place(int(part.indices[where[1]]))

    def pair(self, one: Where, other: Where, *, labels: bool = False) -> str:
        """Two examples that belong together, with the text or the labels where that says more."""
        parts = (
            (self._labelled(one), self._labelled(other)) if labels else (self.place(one), self.place(other))
        )
        given = self.input(one)
        text = f": {cut(' '.join(str(given[0]).split()))!r}" if isinstance(given, tuple) else ""
        return " = ".join(parts) + text

    def _labelled(self, where: Where) -> str:
        label = self.label(where)
        shown = ", ".join(map(str, label)) if isinstance(label, tuple) else label
        return f"{self.place(where)} ({cut(shown)})"
