"""What a column of a table looks like, and which role it most likely plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftcli.contracts.column_names import PAIRS
from ftcli.contracts.modalities import AUDIO, FILE_ROLES, IMAGE, MODALITIES, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.cells.indicators import mark_of
from ftcli.data.cells.lists import all_listed
from ftcli.data.cells.named import NamePattern
from ftcli.data.cells.scalars import label_text
from ftcli.data.cells.separators import separator_of
from ftcli.data.chats.turns import is_chat, messages_in
from ftcli.data.sources.columns import Roles
from ftcli.errors import DataError
from ftcli.media.formats import media_of

MOST_VALUES = 5000  # distinct values that are counted
FEW_NUMBERS = 20  # whole numbers up to this many are classes, above they are quantities
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
        repeated = 1 < len(self.values) <= max(2, self.filled // 2)
        return (repeated or self.is_quantity) and not self.is_file and not self.is_text

    @property
    def is_quantity(self) -> bool:
        """Numbers that are measured, not numbers of classes. Of classes pandas may write 1.0, and others 1."""
        measured = self.fractions > 0 or self.pointed == self.filled
        return self.is_numeric and (measured or len(self.values) > FEW_NUMBERS)

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


def guess(columns: Sequence[Column], name: str) -> Roles:
    """The likeliest roles. Raises `DataError` where there is nothing to learn from or nothing to learn."""
    files = {role: _file(columns, role) for role in FILE_ROLES}
    if (sound := files[AUDIO.name]) is not None and (said := _transcript(columns)) is not None:
        return Roles(audio=sound.file, target=said.name)
    used = list(files.values())
    if several := _marks([column for column in columns if column not in used]):
        return _inputs(columns, files, several, name)
    label = _first(
        [column for column in columns if column not in used],
        KINDS["single-label"].columns,
        "is_label",
        last=True,
    )
    return _inputs(columns, files, [] if label is None else [label], name)


def _inputs(
    columns: Sequence[Column], files: Mapping[str, Column | None], labels: Sequence[Column], name: str
) -> Roles:
    """The roles of the inputs beside those of the labels, of which several are columns of 0 and 1."""
    names = tuple(column.name for column in labels)
    label = names if len(names) > 1 else next(iter(names), None)
    for role, file in files.items():
        if file is not None and label is not None:
            return Roles(label=label).with_column(role, file.file)
    text, pair = _texts([column for column in columns if column not in labels])
    if text is None or label is None:
        role = "text or path of an image or a sound" if text is None else "label"
        raise DataError(
            f"{name}: no column looks like the {role} among: {', '.join(c.name for c in columns)}"
        )
    return Roles(text=text.name, text_pair=pair.name if pair else None, label=label)


def _marks(columns: Sequence[Column]) -> list[Column]:
    """The columns of 0 and 1, if they are several and none is called as a label usually is."""
    known = {name for group in KINDS["single-label"].columns for name in group}
    marks = [column for column in columns if column.is_mark]
    named = any(column.name.strip().lower() in known and column.is_label for column in columns)
    return [] if named or len(marks) < 2 else marks


def _transcript(columns: Sequence[Column]) -> Column | None:
    """The column with what is said: one that is called so, else one of several words."""
    words = [column for column in columns if column.filled and not column.is_file and not column.is_numeric]
    for group in KINDS["transcript"].columns:
        for column in words:
            if column.name.strip().lower() in group:
                return column
    # Of equals the last: in it numbers and abbreviations may be spelled out.
    return max((c for c in reversed(words) if c.is_text), key=lambda column: column.words, default=None)


def _file(columns: Sequence[Column], name: str) -> Column | None:
    """The column of files that hold images, or sounds."""
    return _first([column for column in columns if column.holds(name)], MODALITIES[name].columns, "is_file")


def _first(
    columns: Sequence[Column], known: Sequence[Sequence[str]], trait: str, *, last: bool = False
) -> Column | None:
    """The column with a known name and the trait, else any with the trait: measured numbers first, if labels."""
    fitting = [column for column in columns if getattr(column, trait)]
    for group in known:
        for column in fitting:
            if column.name.strip().lower() in group:
                return column
    measured = [column for column in fitting if last and column.is_numeric and column.fractions]
    # Of columns that say nothing, the likeliest label has the fewest values.
    return min(measured or fitting, key=lambda column: len(column.values), default=None)


def _texts(columns: Sequence[Column]) -> tuple[Column | None, Column | None]:
    """The text, and the second text of a pair."""
    named = {column.name.strip().lower(): column for column in columns}
    for first, second in PAIRS:
        if first in named and second in named:
            return named[first], named[second]
    texts = [column for column in columns if column.is_text]
    for group in TEXT.columns:
        for column in texts:
            if column.name.strip().lower() in group:
                return column, None
    if len(texts) == 2 and _alike(*texts):
        return texts[0], texts[1]
    return max(texts, key=lambda column: column.words, default=None), None


def _alike(one: Column, other: Column) -> bool:
    shorter, longer = sorted((one.words / one.filled, other.words / other.filled))
    return longer < 3 * shorter
