"""One pass over every row of a table: reads labels, checks files, counts empty texts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts.chats import Chat
from ftcli.contracts.modalities import IMAGE, MODALITIES
from ftcli.data.cells.files import stored
from ftcli.data.cells.lists import parted, words_of
from ftcli.data.cells.named import cell_of, columns_of
from ftcli.data.cells.texts import as_text
from ftcli.data.changed_rows import WrittenRows
from ftcli.data.chats.turns import chat_of, is_chat, messages_in, with_answer, written_chat
from ftcli.data.conditions import Condition
from ftcli.data.formats.fields import hint, is_empty
from ftcli.data.missing_files import MissingFiles
from ftcli.data.sources.base import Opened, Rows
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.rows import SomeRows
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.missing_labels import MissingLabels
from ftcli.data.targets.reading import MissingLabelError, Place, Reading
from ftcli.data.targets.sentences import Columns, Sentences
from ftcli.data.targets.tags import are_tagged, checked_words
from ftcli.errors import DataError, counted, listing, shortened
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import media_of

BLANK = "with nothing but empty cells"


def needed_columns(roles: Roles, reading: Reading) -> tuple[str, ...]:
    """The columns that are read, each once."""
    return tuple(dict.fromkeys([*roles.columns(), *(one.column for one in reading.conditions)]))


def _of_words(roles: Roles, cells: Mapping[str, Any]) -> Columns | None:
    """The columns of a table whose rows are words of sentences; None where a row is a text, or has a list of words."""
    if roles.sentence is None or roles.text is None or words_of(cells[roles.text]) is not None:
        return None
    assert not isinstance(roles.label, tuple)
    text, tags = cells[roles.text], None if roles.label is None else cells.get(roles.label)
    if words_of(tags) is not None or (" " in str(text) and are_tagged(text, tags)):
        return None
    return Columns(roles.sentence, roles.text, roles.label)


class OtherColumns:
    """The columns without a role: whether they, too, are empty in a row without anything in those that have one."""

    def __init__(
        self,
        columns: Sequence[str],
        read: Sequence[str],
        rows: Callable[[list[str]], Iterable[Mapping[str, Any]]],
    ) -> None:
        self._others = [column for column in columns if column not in read]
        self._rows = rows
        self._empty: list[bool] | None = None

    def are_empty(self, position: int) -> bool:
        """Of the row with this number, from 1. All are read at once, and only where one such row is met."""
        if self._empty is None:
            rows = self._rows(self._others) if self._others else ()
            self._empty = [all(map(is_empty, row.values())) for row in rows]
        return not self._empty or self._empty[position - 1]


class Scan:
    """Collects what is known of a table's rows. `place(position)` names a row in messages, `width` counts columns."""

    def __init__(
        self, name: str, roles: Roles, reading: Reading, root: Path, place: Place, *, width: int = 1
    ) -> None:
        self._width = width
        self._name, self._roles, self._root, self._place = name, roles, root, place
        kind = reading.kind
        self._labels = targets_of(kind).cells(reading, place) if reading.labelled else None
        self._label = getattr(roles, kind.role) if reading.labelled and kind.guessed else None
        self._words = kind.by_word
        # Known with the first row: words may be rows, or lists.
        self._sentences: Sentences | None = None
        texts = (roles.text, roles.text_pair, roles.target)
        self._texts = tuple(column for column in texts if column is not None)
        self._without = MissingLabels(name, reading.missing)
        skipped = self._labels is not None and kind.role == "target" and reading.missing == "skip"
        self._target = roles.target if skipped else None  # else an empty one is a text, too
        self._left: dict[int, str] = {}  # rows that are not examples, and why
        self._rows = self._blank = self._listed = self._parted = 0
        # Whether texts are chats, once one was seen, and whether these are written as text.
        self._chats: bool | None = None if kind.chats else False
        self._written = False
        held = (one for one in MODALITIES.values() if one.in_files and getattr(roles, one.name) is not None)
        files = next(held, IMAGE)
        self._file, media = getattr(roles, files.name), media_of(files)
        self._noun = media.noun
        self._missing = MissingFiles(root, files, self._file or "", place)
        self._broken = BrokenFiles(f"in {name}", media)
        self._chosen = {condition: bytearray() for condition in reading.conditions}

    @property
    def optional(self) -> frozenset[str]:
        """The columns that a row may lack: then it has no label, or nothing is joined to its text."""
        named = (one for one in (self._label, self._target, self._roles.context) if one is not None)
        return frozenset(column for one in named for column in columns_of(one))

    def leave_out(self, why: str = BLANK) -> None:
        """One more row, which is not an example; `why` goes on from "3 rows"."""
        self._left[self._rows + len(self._left)] = why

    def row(
        self, cells: Mapping[str, Any], position: int, empty: Callable[[int], bool] = lambda _: True
    ) -> None:
        """Check one more row. Raises `DataError` for a bad label or a cell that is not a path.

        A row of empty cells is not an example, where there are several columns; `empty` is whether other cells of the
        row, which are not among these, are empty, too.
        """
        if self._width > 1 and all(map(is_empty, cells.values())) and empty(position):
            self.leave_out()
            return
        if not self._rows and (columns := _of_words(self._roles, cells)) is not None:
            self._sentences = Sentences(self._name, columns, self._labels, self._place)
        problem = None if self._sentences is not None else self._without_label(cells, position)
        if problem is not None:
            self._without.found.append(problem)
            self.leave_out("")
            return
        self._rows += 1
        for condition, chosen in self._chosen.items():
            chosen.append(self._meets(condition, cells[condition.column], position))
        if self._sentences is not None:
            self._sentences.row(cells, position)
            return
        for column in self._texts:
            self._look_at_text(cells, column, position)
        if self._file is not None:
            self._look_at_file(cell_of(cells, self._file), self._file, position)

    def _without_label(self, cells: Mapping[str, Any], position: int) -> str | None:
        """Read the label; None where there is one or none is needed, else what is said of that."""
        if self._labels is None:
            return None
        absent = [] if self._label is None else [one for one in columns_of(self._label) if one not in cells]
        if absent and self._without.policy != "empty":
            return f"{self._place(position)}: no key {absent[0]!r}; it has: {shortened(cells)}"
        if self._target is not None and is_empty(cells.get(self._target)):
            return f"{self._place(position)}: the text in column {self._target!r} is empty"
        chat = self._chat(cells, position)
        if chat is not None and not chat.answers:
            return f"{self._place(position)}: the chat in column {self._roles.text!r} has no turn of the assistant"
        try:
            given = {**cells, **dict.fromkeys(absent)} if absent else cells
            self._labels.add(None if self._label is None else cell_of(given, self._label), position)
        except MissingLabelError as error:
            return str(error)
        return None

    def _chat(self, cells: Mapping[str, Any], position: int) -> Chat | None:
        """The text as a chat, if it is one. Raises `DataError` for a broken one, and for a text among chats."""
        column = self._roles.text
        if self._chats is False or column is None:
            return None
        where, cell = f"{self._place(position)}: the chat in column {column!r}", cells[column]
        if cell == [] or (self._chats and is_empty(cell)):
            return Chat()
        chats, messages = self._chats, messages_in(cell)
        self._chats = is_chat(messages)
        if not self._chats:
            if chats:
                raise DataError(
                    f"{where} is not a list of messages, each with a role and a content, as in other rows"
                )
            return None
        try:
            self._written |= messages is not cell
            if self._roles.context is not None:
                raise ValueError(f"column {self._roles.context!r} is joined to texts alone (data.context)")
            return with_answer(chat_of(messages), cells.get(self._roles.target or ""))
        except ValueError as error:
            raise DataError(f"{where}: {error}") from None

    def _look_at_text(self, cells: Mapping[str, Any], column: str, position: int) -> None:
        cell = cells[column]
        words = words_of(cell) if self._words else None
        if self._words and (words is not None or self._label is not None):
            tags = None if self._label is None else cells.get(self._label)
            if words is None and isinstance(cell, str):
                words, self._parted = parted(cell), self._parted + 1
            checked_words(cell if words is None else words, tags, column, self._place(position))
            self._listed += words is not cell
            self._blank += not cell
            return
        if column != self._roles.text_pair and self._chat(cells, position) is not None:
            return
        if isinstance(cell, list | dict | bytes):
            kind = type(cell).__name__
            where = f"{self._place(position)}: the text in column {column!r}"
            raise DataError(f"{where} is a {kind}, not a text{hint(cell, column)}")
        if not as_text(cell).strip():
            self._blank += 1

    def opened(self, rows: Rows, notes: tuple[str, ...] = ()) -> Opened:
        """The split, once every row was seen. Raises `DataError` for an empty table."""
        self._without.check(self._rows)
        if not self._rows:
            reasons = [*self._left_out(), *(["no row has a label"] if self._without.found else [])]
            raise DataError(
                ": ".join([f"{self._name} has no rows", *([listing(reasons)] if reasons else [])])
            )
        if self._blank:
            words = "text is empty and is" if self._blank == 1 else "texts are empty and are"
            notes = (*notes, f"{self._name}: {self._blank:,} {words} kept as empty text")
        chosen = {condition: np.frombuffer(marks, np.bool_) for condition, marks in self._chosen.items()}
        if self._left:
            kept = np.setdiff1d(np.arange(self._rows + len(self._left)), np.fromiter(self._left, np.int64))
            rows = SomeRows(rows, kept)
            notes = (*notes, *(f"{self._name}: {words}" for words in self._left_out()))
        if self._missing:
            rows, found = self._missing.settled(rows, self._broken)
            notes += found
        if self._without.found:
            notes = (*notes, self._without.note(self._rows))
        if (sentences := self._sentences) is not None:
            sentences.finish()
            rows, self._rows = sentences.rows(rows), len(sentences)
            chosen = {one: sentences.meeting(marks, one) for one, marks in chosen.items()}
            notes = (*notes, *sentences.notes())
        elif self._roles.sentence is not None:
            words = f"each row is a sentence, so column {self._roles.sentence!r} parts nothing"
            notes = (*notes, f"{self._name}: {words}")
        if self._listed:
            rows = WrittenRows(rows, "text", parted)
            notes = (*notes, *(f"{self._name}: {words}" for words in self._how_written()))
        if self._written:
            rows = WrittenRows(rows, "text", written_chat)
            words = (
                f"column {self._roles.text!r} has chats that are written as text, and they are read as chats"
            )
            notes = (*notes, f"{self._name}: {words}")
        labels = Unlabelled(self._rows) if self._labels is None else self._labels.labels()
        notes += tuple(f"{self._name}: {one}" for one in (self._labels.notes if self._labels else ()))
        return Opened(
            rows, labels, notes, chosen, self._broken, tuple(self._without.found), chats=bool(self._chats)
        )

    def _how_written(self) -> Iterator[str]:
        """What is said of texts that are read as words."""
        if lists := self._listed - self._parted:
            yield f"{lists:,} texts are lists of words written as text, and are read as lists"
        if self._parted:
            yield f"spaces part the words of {counted(self._parted, 'text')}"

    def _left_out(self) -> Iterator[str]:
        """What is said of rows that are not examples."""
        for why, count in Counter(self._left.values()).items():
            if why:
                yield f"{count:,} row{'s' if count > 1 else ''} {why} {'are' if count > 1 else 'is'} left out"

    def _meets(self, condition: Condition, cell: object, position: int) -> bool:
        try:
            return condition.holds(cell)
        except (TypeError, ValueError):
            where = f"{self._place(position)}: {cell!r} in column {condition.column!r}"
            raise DataError(f"{where} is not a number, which the condition {condition} needs") from None

    def _look_at_file(self, cell: object, column: str, position: int) -> None:
        cell = stored(cell)
        if isinstance(cell, bytes):
            self._broken.add(cell, self._place(position))
            return
        where = f"{self._place(position)}: the {self._noun} in column {column!r}"
        if is_empty(cell):
            self._broken.missing(f"{where} is empty: a path to a file is wanted")
            return
        if not isinstance(cell, str):
            raise DataError(f"{where} is {cell!r}: a path to a file is wanted")
        path = os.path.join(self._root, cell)
        if os.path.lexists(path):
            self._missing.exists(path)
            self._broken.add(path, self._place(position))
        else:
            self._missing.add(self._rows - 1, cell, position)
            self._broken.missing(f"{self._place(position)}: {cell} does not exist")
