"""Sentences of a table that has a word a row, and the number of the sentence in another column."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ftcli.data.cells.scalars import label_text
from ftcli.data.targets.reading import CellReader, Place
from ftcli.errors import DataError

SORTED = "sort the rows by sentence and word, or number the sentences of all documents without repetition"
LISTS = (list, tuple, dict, bytes)


class Columns(NamedTuple):
    """The columns of the number of the sentence, of the word and of its tag."""

    sentence: str
    word: str
    tag: str | None


class Sentences:
    """Collects the words and tags of sentences row by row; `labels` takes the tags of each sentence.

    Rows belong to a sentence as long as its number stands in them, or nothing. Numbers may begin anew, as for each
    document; a number that comes again elsewhere is an error, as the rows are not in the order of the text.
    """

    def __init__(self, name: str, columns: Columns, labels: CellReader | None, place: Place) -> None:
        self._name, self._labels, self._place = name, labels, place
        self._column, self._text, self._label = columns
        self._numbers: list[str] = []
        self._starts = array("q")
        self._document: set[str] = set()
        self._documents, self._rows, self._blank = 1, 0, 0
        self._tags: list[Any] = []

    def __len__(self) -> int:
        return len(self._starts)

    def row(self, cells: Mapping[str, Any], position: int) -> None:
        """One word. Raises `DataError` for what is not one, and for a row that stands elsewhere than its sentence."""
        word = cells[self._text]
        if isinstance(word, LISTS):
            where = f"{self._place(position)}: {word!r} in column {self._text!r}"
            raise DataError(
                f"{where} is not one word, and column {self._column!r} says that each row has one"
            )
        self._begin(cells[self._column], position)
        self._blank += word is None or not str(word).strip()
        if self._labels is not None and self._label is not None:
            self._tags.append(cells[self._label])
        self._rows += 1

    def _begin(self, cell: object, position: int) -> None:
        """Another sentence, where the number is another one."""
        number = "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else label_text(cell)
        if not self._numbers and not number:
            words = (
                f"column {self._column!r} has no number of a sentence, and no row before says which one it is"
            )
            raise DataError(f"{self._place(position)}: {words}")
        if self._numbers and number in ("", self._numbers[-1]):
            return
        self.finish()
        if number in self._document and number == self._numbers[0]:
            self._document.clear()
            self._documents += 1
        elif number in self._document:
            words = f"sentence {number!r} of column {self._column!r} has other rows above, and another sentence between"
            raise DataError(f"{self._place(position)}: {words}: {SORTED}")
        self._document.add(number)
        self._numbers.append(number)
        self._starts.append(self._rows)
        self._first = position

    def finish(self) -> None:
        """The tags of the last sentence are whole."""
        if self._labels is not None and self._tags:
            self._labels.add(self._tags, self._first)
            self._tags = []

    def rows(self, words: Any) -> SentenceRows:
        """The sentences of a table whose rows are `words`. Raises `DataError` where these are mixed."""
        if self._documents > 1 and len(self) == self._rows:
            words_of = (
                f"{self._rows:,} rows have {len(set(self._numbers)):,} numbers in column {self._column!r}"
            )
            raise DataError(
                f"{self._name}: {words_of}, and never two rows of a sentence stand together: {SORTED}"
            )
        ends = np.append(np.frombuffer(self._starts, dtype=np.int64)[1:], self._rows).astype(np.int64)
        return SentenceRows(words, ends, tuple(self._numbers) if self._documents == 1 else None)

    def meeting(self, rows: NDArray[np.bool_], condition: object) -> NDArray[np.bool_]:
        """Which sentences meet a condition that holds for some `rows`. Raises `DataError` for parts of a sentence."""
        starts = np.frombuffer(self._starts, dtype=np.int64)
        every, some = np.logical_and.reduceat(rows, starts), np.logical_or.reduceat(rows, starts)
        if (parted := np.flatnonzero(every != some)).size:
            words = f"{condition} holds for some words of {parted.size:,} sentences only"
            first = f"the first is {self._numbers[parted[0]]!r} of column {self._column!r}"
            raise DataError(f"{self._name}: {words}, and a sentence is not parted; {first}")
        return every

    def notes(self) -> tuple[str, ...]:
        """How many sentences there are, and what looks wrong and may be right."""
        anew = f"; numbers begin anew {self._documents - 1:,} times" if self._documents > 1 else ""
        found = [f"{len(self):,} sentences of {self._rows:,} words, by column {self._column!r}{anew}"]
        if len(self) == self._rows > 1:
            found.append(
                f"each sentence has one word: is column {self._column!r} the number of the sentence?"
            )
        if self._blank:
            words = "word is empty and is" if self._blank == 1 else "words are empty and are"
            found.append(f"{self._blank:,} {words} kept as empty words")
        return tuple(f"{self._name}: {one}" for one in found)


@dataclass(frozen=True, slots=True)
class SentenceRows:
    """Sentences whose words are rows of a table, read when they are asked for. Picklable.

    `ends` has the row after the last one of each. The id of a sentence is its number in the table where these are not
    given twice.
    """

    words: Any
    ends: NDArray[np.int64]
    numbers: tuple[str, ...] | None

    @property
    def name(self) -> str:
        return str(self.words.name)

    def __len__(self) -> int:
        return len(self.ends)

    def id(self, index: int) -> str:
        return str(index + 1) if self.numbers is None else self.numbers[index]

    def inputs(self, index: int) -> Mapping[str, Any]:
        rows = [self.words.inputs(row) for row in self._of(index)]
        return {"text": tuple(str(row["text"]).strip(" \t") for row in rows)}

    def attributes(self, index: int) -> Mapping[str, Any]:
        """The cells of each column that is kept, one for each word."""
        rows = [self.words.attributes(row) for row in self._of(index)]
        return {column: tuple(row[column] for row in rows) for column in rows[0]}

    def place(self, index: int) -> str:
        return str(self.words.place(self._of(index)[0]))

    def _of(self, index: int) -> range:
        """The rows of a sentence."""
        return range(int(self.ends[index - 1]) if index else 0, int(self.ends[index]))
