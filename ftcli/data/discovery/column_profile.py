"""What a column of a table looks like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftcli.contracts.modalities import AUDIO, FILE_ROLES, IMAGE, MODALITIES
from ftcli.data.cells.indicators import mark_of
from ftcli.data.cells.lists import all_listed
from ftcli.data.cells.named import NamePattern
from ftcli.data.cells.scalars import label_text
from ftcli.data.cells.separators import separator_of
from ftcli.data.chats.turns import is_chat, messages_in
from ftcli.media.formats import media_of

MOST_VALUES = 5000  # distinct values that are counted
FEW_NUMBERS = 20  # whole numbers up to this many are classes, above they are quantities
_DATE = re.compile(r"(\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{4})([ T]\d\d?:\d\d.*)?")
SEPARATORS = ("|", ";", ",", " ")


@dataclass(slots=True)
class Column:
    """Running figures of one column."""

    name: str
    filled: int = 0
    words: int = 0
    numbers: int = 0
    fractions: int = 0
    pointed: int = 0  # numbers with a point
    files: Counter[str] = field(default_factory=Counter)  # by what they hold, "image" or "audio"
    lists: int = 0
    chats: int = 0
    values: set[str] = field(default_factory=set)
    counted: int = 0  # cells until there were `MOST_VALUES`
    marks: int = 0  # cells of 0 and 1
    pattern: tuple[str, NamePattern] | None = None  # the role of the files that the cells name, and how

    def add(self, cell: Any) -> None:
        """One cell; an empty one says nothing."""
        if is_chat(messages_in(cell)):
            self.filled += 1
            self.chats += 1
            return
        self.marks += mark_of(cell) is not None
        if isinstance(cell, list) and not any(isinstance(one, list | Mapping) for one in cell):
            self.lists += 1
            self.values.update(map(label_text, cell))
        if isinstance(cell, bytes | Mapping):
            self.files[_held(cell)] += 1
        text = "" if cell is None or isinstance(cell, list | Mapping | bytes) else label_text(cell)
        if text or isinstance(cell, list | Mapping | bytes):
            self.filled += 1
        if not text:
            return
        self.words += (
            len(text.split()) if " " in text else max(1, sum(not mark.isascii() for mark in text) // 2)
        )
        self.files.update(role for role in FILE_ROLES if _is_named(text, role))
        if is_number(text):
            self.numbers += 1
            self.fractions += not float(text).is_integer()
            self.pointed += "." in text
        if len(self.values) < MOST_VALUES:
            self.values.add(text)
            self.counted += 1

    @property
    def is_chat(self) -> bool:
        """Whether every cell is a list of messages."""
        return self.chats == self.filled > 0

    @property
    def is_file(self) -> bool:
        return any(map(self.holds, FILE_ROLES))

    def holds(self, name: str) -> bool:
        """Whether the cells are files of this kind."""
        if self.pattern is not None:
            return self.pattern[0] == name
        return self.files[name] > 0.9 * self.filled > 0

    @property
    def file(self) -> str:
        """What names the file of a row: the column, or a name with the column in braces."""
        return self.name if self.pattern is None else self.pattern[1]

    @property
    def is_numeric(self) -> bool:
        return self.numbers == self.filled > 0

    @property
    def is_text(self) -> bool:
        """Several words in a cell, and hardly a cell like another."""
        many = self.words >= 2 * self.filled > 0
        return many and len(self.values) > min(0.2 * self.filled, MOST_VALUES - 1) and not self.is_file

    @property
    def is_label(self) -> bool:
        """Values that come again."""
        if self.lists:
            return True
        repeated = 1 < len(self.values) <= max(2, self.counted // 2)
        return (repeated or self.is_quantity) and not self.is_file and not self.is_text

    @property
    def is_quantity(self) -> bool:
        """Numbers that are measured, not numbers of classes. Of classes pandas may write 1.0, and others 1."""
        measured = self.fractions > 0 or self.pointed == self.filled
        return self.is_numeric and (measured or len(self.values) > FEW_NUMBERS)

    @property
    def is_unique_number(self) -> bool:
        """Whole numbers, none of which comes again among those that are counted."""
        whole = self.is_numeric and not self.is_listed and self.pointed == 0 == self.fractions
        return whole and len(self.values) == self.counted

    @property
    def is_date(self) -> bool:
        """Whether all values are dates, perhaps with the time of day."""
        return bool(self.values) and all(map(_DATE.fullmatch, self.values))

    @property
    def is_mark(self) -> bool:
        """Whether all cells are 0 or 1."""
        return self.marks == self.filled > 0

    @property
    def is_listed(self) -> bool:
        """Whether the cells are lists, perhaps as text."""
        return self.lists > 0 or all_listed(self.values) is not None

    def separator(self) -> str | None:
        """What separates several labels in a cell: the parts are far fewer than the combinations."""
        if self.is_listed or (self.is_quantity and self.fractions):
            return None
        if (found := separator_of(self.values)) is not None:
            return found
        for mark in SEPARATORS:
            joined = [value for value in self.values if mark in value]
            parts = {part.strip() for value in self.values for part in value.split(mark)}
            if joined and len(parts) < len(self.values) and len(parts) <= 0.6 * len(self.values) + 2:
                return mark
        return None


def _held(cell: bytes | Mapping[str, Any]) -> str:
    """What is stored in a cell: sounds are known by their path or their samples."""
    if isinstance(cell, bytes):
        return IMAGE.name
    path = str(cell.get("path") or "")
    return AUDIO.name if "array" in cell or _is_named(path, AUDIO.name) else IMAGE.name


def _is_named(path: str, role: str) -> bool:
    """Whether the name of a file is one of this modality."""
    return media_of(MODALITIES[role]).named(path)


def is_number(text: str) -> bool:
    """Whether a text is a plain number."""
    try:
        return bool(text) and "_" not in text and float(text) == float(text)
    except ValueError:
        return False


def profile_columns(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[Column]:
    """The figures of each column."""
    columns = {name: Column(name) for name in names}
    for row in rows:
        for name, column in columns.items():
            column.add(row.get(name))
    return list(columns.values())
