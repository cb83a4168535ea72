"""One pass over every row of a table: reads labels, checks files, counts empty texts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts.modalities import IMAGE, MODALITIES
from ftcli.data.cells.files import stored
from ftcli.data.cells.lists import listed
from ftcli.data.cells.named import cell_of
from ftcli.data.changed_rows import ListedRows
from ftcli.data.chats.turns import chat_of, is_chat
from ftcli.data.conditions import Condition
from ftcli.data.missing_files import MissingFiles
from ftcli.data.sources.base import Opened, Rows
from ftcli.data.sources.columns import Roles, as_text
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Place, Reading
from ftcli.data.targets.sentences import Columns, Sentences
from ftcli.data.targets.tags import checked_words
from ftcli.errors import DataError
from ftcli.media.broken_files import BrokenFiles
from ftcli.media.formats import media_of


def needed_columns(roles: Roles, reading: Reading) -> tuple[str, ...]:
    """The columns that are read, each once."""
    return tuple(dict.fromkeys([*roles.columns(), *(one.column for one in reading.conditions)]))


def _of_words(roles: Roles, cells: Mapping[str, Any]) -> Columns | None:
    """The columns of a table whose rows are words of sentences; None where a row is a text, or has a list of words."""
    if roles.sentence is None or roles.text is None:
        return None
    if isinstance(cells[roles.text], list | tuple) or listed(as_text(cells[roles.text])) is not None:
        return None
    assert not isinstance(roles.label, tuple)
    return Columns(roles.sentence, roles.text, roles.label)


class Scan:
    """Collects what is known of a table's rows. `place(position)` names a row in messages."""

    def __init__(self, name: str, roles: Roles, reading: Reading, root: Path, place: Place) -> None:
        self._name, self._roles, self._root, self._place = name, roles, root, place
        kind = reading.kind
        self._labels = targets_of(kind).cells(reading, place) if reading.labelled else None
        self._label = getattr(roles, kind.role) if reading.labelled and kind.guessed else None
        self._words = kind.by_word
        # Known with the first row: words may be rows, or lists.
        self._sentences: Sentences | None = None
        texts = (roles.text, roles.text_pair, roles.target)
        self._texts = tuple(column for column in texts if column is not None)
        self._rows = self._blank = self._listed = 0
        # Whether texts are chats, once one was seen; how many of them have no answer, and the first.
        self._chats: bool | None = None if kind.chats else False
        self._unanswered, self._first_unanswered = 0, 0
        held = (one for one in MODALITIES.values() if one.in_files and getattr(roles, one.name) is not None)
        files = next(held, IMAGE)
        self._file, media = getattr(roles, files.name), media_of(files)
        self._noun = media.noun
        self._missing = MissingFiles(root, files, self._file or "", place)
        self._broken = BrokenFiles(f"in {name}", media)
        self._chosen = {condition: bytearray() for condition in reading.conditions}

    def row(self, cells: Mapping[str, Any], position: int) -> None:
        """Check one row. Raises `DataError` for a bad label or a cell that is not a path."""
        if not self._rows and (columns := _of_words(self._roles, cells)) is not None:
            self._sentences = Sentences(self._name, columns, self._labels, self._place)
        self._rows += 1
        for condition, chosen in self._chosen.items():
            chosen.append(self._meets(condition, cells[condition.column], position))
        if self._sentences is not None:
            self._sentences.row(cells, position)
            return
        if self._labels is not None:
            self._labels.add(None if self._label is None else cell_of(cells, self._label), position)
        for column in self._texts:
            cell = cells[column]
            if self._words and self._are_words(cell, column, cells, position):
                self._blank += not cell
                continue
            if self._is_chat(cell, column, position):
                continue
            if isinstance(cell, list | dict | bytes):
                kind = "chat" if is_chat(cell) else type(cell).__name__
                hint = ": chats are for causal language modelling" if kind == "chat" else ""
                raise DataError(
                    f"{self._place(position)}: the text in column {column!r} is a {kind}, not a text{hint}"
                )
            if not as_text(cell).strip():
                self._blank += 1
        if self._file is not None:
            self._look_at_file(cell_of(cells, self._file), self._file, position)

    def _is_chat(self, cell: object, column: str, position: int) -> bool:
        """Whether a text is a chat. Raises `DataError` for one that cannot be read, and for a text among chats."""
        if self._chats is False or column != self._roles.text:
            return False
        chat = is_chat(cell)
        if self._chats and not chat:
            where = f"{self._place(position)}: the cell in column {column!r}"
            raise DataError(
                f"{where} is not a list of messages, each with a role and a content, as in the other rows"
            )
        self._chats = chat
        if chat:
            try:
                missing = not chat_of(cell).answers
            except ValueError as error:
                where = f"{self._place(position)}: the chat in column {column!r}"
                raise DataError(f"{where}: {error}") from None
            self._first_unanswered = self._first_unanswered or (position if missing else 0)
            self._unanswered += missing
        return chat

    def _check_answers(self) -> None:
        """Raise `DataError` for chats to learn from that have no answer."""
        if self._unanswered and self._labels is not None:
            words = f"{self._unanswered:,} of the {self._rows:,} chats have no turn of the assistant"
            first = self._place(self._first_unanswered)
            raise DataError(
                f"{self._name}: {words}, so that nothing of them is learned; the first is {first}"
            )

    def opened(self, rows: Rows, notes: tuple[str, ...] = ()) -> Opened:
        """The split, once every row was seen. Raises `DataError` for an empty table."""
        if not self._rows:
            raise DataError(f"{self._name} has no rows")
        self._check_answers()
        if self._missing:
            rows, found = self._missing.settled(rows, self._broken)
            notes += found
        if self._blank:
            words = "text is empty and is" if self._blank == 1 else "texts are empty and are"
            notes = (*notes, f"{self._name}: {self._blank:,} {words} kept as empty text")
        chosen = {condition: np.frombuffer(marks, np.bool_) for condition, marks in self._chosen.items()}
        if (sentences := self._sentences) is not None:
            sentences.finish()
            rows, self._rows = sentences.rows(rows), len(sentences)
            chosen = {one: sentences.meeting(marks, one) for one, marks in chosen.items()}
            notes = (*notes, *sentences.notes())
        elif self._roles.sentence is not None:
            words = f"words are lists, so column {self._roles.sentence!r} parts nothing"
            notes = (*notes, f"{self._name}: {words}")
        if self._listed:
            rows = ListedRows(rows, "text")
            words = f"{self._listed:,} texts are lists of words written as text, and are read as lists"
            notes = (*notes, f"{self._name}: {words}")
        labels = Unlabelled(self._rows) if self._labels is None else self._labels.labels()
        remarks = self._labels.notes if self._labels is not None else ()
        notes += tuple(f"{self._name}: {words}" for words in remarks)
        return Opened(rows, labels, notes, chosen, self._broken, chats=bool(self._chats))

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
        if not isinstance(cell, str) or not cell.strip():
            where = f"{self._place(position)}: the {self._noun} in column {column!r}"
            what = "empty" if not cell else repr(cell)
            raise DataError(f"{where} is {what}: a path to a file is wanted")
        path = os.path.join(self._root, cell)
        if os.path.lexists(path):
            self._missing.exists(path)
            self._broken.add(path, self._place(position))
        else:
            self._missing.add(self._rows - 1, cell, position)
            self._broken.missing(f"{self._place(position)}: {cell} does not exist")

    def _are_words(self, cell: object, column: str, cells: Mapping[str, Any], position: int) -> bool:
        """Whether a cell is a list of words, which may be written as text. Raises `DataError` where it has to be."""
        words = cell if isinstance(cell, list | tuple) else listed(as_text(cell))
        if words is None and self._label is None:
            return False
        tags = None if self._label is None else cell_of(cells, self._label)
        checked_words(cell if words is None else words, tags, column, self._place(position))
        self._listed += words is not cell
        return True
