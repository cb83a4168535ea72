"""Tags as lists in a column, as JSON Lines and Parquet have them, or as texts that spaces part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ftcli.contracts import TargetKind
from ftcli.contracts.tag_schemes import OUTSIDE, SPANS, completed, odd_ones, scheme_of, spelled_out
from ftcli.data.cells.lists import listed, parted, words_of
from ftcli.data.cells.scalars import label_text
from ftcli.data.formats.fields import is_empty
from ftcli.data.targets.base import Targets
from ftcli.data.targets.columns import Structures
from ftcli.data.targets.reading import CellReader, MissingLabelError, Place, Reading, Rename
from ftcli.errors import DataError, cut, listing


class TagTargets(Targets):
    """Tags of words."""

    adds_classes = True  # the partners of tags: of B-X and I-X one may be absent

    def cells(self, reading: Reading, place: Place) -> CellReader:
        return TagReader(reading, place)

    def renamed(self, item: Sequence[str], rename: Rename) -> tuple[str, ...]:
        return tuple(rename(tag) or _outside(rename) for tag in item)

    def tally(self, item: Sequence[str], tally: Mapping[str, int], rename: Rename) -> Mapping[str, int]:
        """A word that loses its tag is outside, and counts as that."""
        return Counter(item)

    def learnable(self, counts: Mapping[str, int]) -> Iterable[str]:
        """The tags of the training split, and their partners."""
        return completed(counts)

    def chosen(self, classes: Sequence[str], learnable: Iterable[str]) -> tuple[str, ...]:
        """Types of entities become their tags."""
        return spelled_out(classes, sorted(learnable))

    def total(self, counts: Mapping[str, int]) -> int:
        """Words within entities."""
        return sum(counts.values()) - counts.get(scheme_of(counts).outside, 0)

    def remarks(self, classes: Sequence[str]) -> Iterable[str]:
        if all(name.isdecimal() for name in classes):
            yield "the tags are numbers: data.class_names would name them, so that entities are counted"
        marked, others = odd_ones(classes)
        if marked:
            rest = (
                f", as {listing(others, 3)} {'is' if len(others) == 1 else 'are'} not"
                if others
                else ", as O is none"
            )
            looks = f"{len(marked)} of {len(classes)} tags look like marks of entities ({listing(marked, 3)})"
            yield f"{looks} and are not read as that{rest}: each word with a tag is counted by itself"
        elif (scheme := scheme_of(classes)).spans and scheme != SPANS:
            shown = listing([tag for tag in classes if tag != scheme.outside], 3)
            yield f"the tags ({shown}) mark entities, which are counted whole"


def _outside(rename: Rename) -> str:
    """The tag of words whose own tag is left out, as the data has it."""
    small = OUTSIDE.lower()
    return small if rename(OUTSIDE) is None and rename(small) is not None else OUTSIDE


class TagColumn:
    """The tags of sentences, each text held once."""

    def __init__(self, kind: TargetKind) -> None:
        self._kind = kind
        self._known: dict[str, str] = {}
        self._items: list[tuple[str, ...]] = []

    def add(self, tags: list[str]) -> None:
        """The tags of one more sentence."""
        self._items.append(tuple(self._known.setdefault(tag, tag) for tag in tags))

    def labels(self) -> Structures:
        """Everything that was added."""
        return Structures(self._kind, self._items, [Counter(tags) for tags in self._items])


class TagReader:
    """Collects a column of lists, or of texts with a tag for each word. Raises `DataError` for any other cell."""

    def __init__(self, reading: Reading, place: Place) -> None:
        self._column, self._place = reading.column, place
        self._tags = TagColumn(reading.kind)
        self._written = 0  # cells that write a list as text
        self._parted = 0  # cells with spaces between the tags
        self._longest = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on what was added."""
        words = f"the tags of {self._written:,} rows are lists written as text, and are read as lists"
        return (words,) if self._written else ()

    def add(self, cell: object, position: int) -> None:
        """Read one cell; `position` is only for messages."""
        if is_empty(cell):
            raise MissingLabelError(
                str(self._error(position, "are missing: a list with one for each word is wanted"))
            )
        if isinstance(cell, str):
            lists = listed(cell) is not None
            self._written, self._parted = self._written + lists, self._parted + (not lists)
            cell = parted(cell)
        if not isinstance(cell, list | tuple):
            raise self._error(position, f"are {cell!r}: a list with one for each word is wanted")
        self._longest = max(self._longest, len(cell))
        self._tags.add([self._tag(tag, position, number) for number, tag in enumerate(cell, start=1)])

    def labels(self) -> Structures:
        """Everything that was added. Raises `DataError` for rows of one word each."""
        if self._parted > 1 == self._longest:
            words = f"column {self._column!r} has one tag in each row: lists are wanted, or the number of the sentence"
            raise DataError(f"{words} in another column (data.sentence)")
        return self._tags.labels()

    def _tag(self, tag: Any, position: int, number: int) -> str:
        text = "" if tag is None or isinstance(tag, list | tuple | dict) else label_text(tag)
        if not text:
            raise self._error(position, f"have {tag!r} for word {number}: every word needs a tag")
        return text

    def _error(self, position: int, words: str) -> DataError:
        return DataError(f"{self._place(position)}: the tags in column {self._column!r} {words}")


def are_tagged(text: object, tags: object) -> bool:
    """Whether a plain text has as many words as there are tags beside it."""
    found = parted(tags) if isinstance(tags, str) else words_of(tags)
    return isinstance(text, str) and found is not None and len(found) == len(text.split())


def checked_words(cell: object, tags: object, column: str, place: str) -> None:
    """Raise `DataError` for a cell that is not a list of words, or not one for each of the `tags`."""
    if not isinstance(cell, list | tuple):
        raise DataError(f"{place}: {cell!r} in column {column!r} is not a list of words, which tags need")
    wrong = next((word for word in cell if word is None or isinstance(word, list | tuple | dict)), ...)
    if wrong is not ...:
        raise DataError(f"{place}: column {column!r} has {wrong!r} in its list, which is not a word")
    found = parted(tags) if isinstance(tags, str) else tags
    if isinstance(found, list | tuple) and len(found) != len(cell):
        shown = f": {cut(repr(tags))}" if isinstance(tags, str) else ""
        raise DataError(
            f"{place}: there are {len(cell)} words in column {column!r} and {len(found)} tags{shown}"
        )
