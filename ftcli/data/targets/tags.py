"""Tags as lists in a column, as JSON Lines and Parquet have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from ftcli.data.targets.columns import Reading, Structures, label_text
from ftcli.errors import DataError


class Tags:
    """The tags of sentences, each text held once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._items: list[tuple[str, ...]] = []

    def add(self, tags: list[str]) -> None:
        """The tags of one more sentence."""
        self._items.append(tuple(self._known.setdefault(tag, tag) for tag in tags))

    def labels(self) -> Structures:
        """Everything that was added."""
        return Structures("tags", self._items, [Counter(tags) for tags in self._items])


class TagReader:
    """Collects a column of lists. Raises `DataError` for a cell that is no list of tags."""

    def __init__(self, reading: Reading, place: Callable[[int], str]) -> None:
        self._column, self._place = reading.column, place
        self._tags = Tags()

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        if not isinstance(cell, list | tuple):
            raise self._error(position, f"are {cell!r}: a list with one for each word is wanted")
        self._tags.add([self._tag(tag, position, number) for number, tag in enumerate(cell, start=1)])

    def labels(self) -> Structures:
        """Everything that was added."""
        return self._tags.labels()

    def _tag(self, tag: Any, position: int, number: int) -> str:
        text = "" if tag is None or isinstance(tag, list | tuple | dict) else label_text(tag)
        if not text:
            raise self._error(position, f"have {tag!r} for word {number}: every word needs a tag")
        return text

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the tags in column {self._column!r} {words}")


def checked_words(cell: object, tags: object, column: str, place: str) -> None:
    """Raise `DataError` for a cell that is no list of words, or not one for each of the `tags`."""
    if not isinstance(cell, list | tuple):
        raise DataError(f"{place}: {cell!r} in column {column!r} is no list of words, which tags need")
    wrong = next((word for word in cell if word is None or isinstance(word, list | tuple | dict)), ...)
    if wrong is not ...:
        raise DataError(f"{place}: column {column!r} has {wrong!r} in its list, which is no word")
    if isinstance(tags, list | tuple) and len(tags) != len(cell):
        raise DataError(f"{place}: there are {len(cell)} words in column {column!r} and {len(tags)} tags")
