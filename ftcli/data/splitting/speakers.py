"""Spoken texts and speakers: texts that file names or tables give as numbers, and the speakers of a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ftcli.config.places import Places
from ftcli.data.changed_rows import RowsOver
from ftcli.data.sources.base import Rows
from ftcli.data.splitting.classes import numbered
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import InRows
from ftcli.errors import DataError, did_you_mean, shortened


@dataclass(frozen=True, slots=True)
class NamedTexts(RowsOver):
    """Rows whose texts 0, 1, ... are read by their `names`."""

    rows: Rows
    role: str
    names: tuple[str, ...]

    def inputs(self, index: int) -> Mapping[str, Any]:
        inputs = self.rows.inputs(index)
        return {**inputs, self.role: numbered(inputs[self.role].strip(), self.names)}


def named_texts(rows: Rows, role: str, names: tuple[str, ...], places: Places) -> NamedTexts:
    """The rows with the texts of `role` by their names.

    Raises `DataError` for a text that is neither a number of a name nor a name.
    """
    found = NamedTexts(rows, role, names)
    for index in range(len(found)):
        if (text := found.inputs(index)[found.role]) not in names:
            words = f"{rows.place(index)}: {text!r} is not one of 0..{len(names) - 1}, the {len(names)} names"
            raise places.error("class_names", words)
    return found


def speakers(part: Selection) -> dict[str, int]:
    """Examples of each speaker, by name; empty where no speakers are named."""
    if not isinstance(part.labels, InRows) or not part.labels.kind.speakers:
        return {}
    said = (part.rows.inputs(int(row)).get("speaker") for row in part.indices)
    return dict(sorted(Counter(name.strip() for name in said if name is not None).items()))


def check_speakers(part: Selection, known: Collection[str], split: str) -> None:
    """Raise `DataError` for a speaker whose voice training has not heard."""
    for name, count in speakers(part).items():
        if name not in known:
            words = f"{part.rows.name}: the {split} split has {count:,} examples of the speaker {name!r}"
            near = did_you_mean(name, known)
            raise DataError(f"{words}, who is not in the training split.{near} It has: {shortened(known)}")
