"""Tagged words in columns, one word a line and blank lines between sentences, as in the CoNLL shared tasks."""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.formats.dialect import DELIMITERS
from ftcli.data.sources.base import Family, Opened, Opener, Several, Single
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.folder import SPLITS, entries
from ftcli.data.sources.records import Lines, Records, ending
from ftcli.data.sources.rows import RecordRows
from ftcli.data.sources.tables import JSON_LINES, PARQUET, column_called, delimiter_of, has_sentences, table
from ftcli.data.targets.columns import Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.data.targets.tags import TagColumn
from ftcli.errors import DataError, listing, shortened

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
COMMAS = ".csv"
_CONLL2003 = {"val": "testa", "test": "testb"}  # words that only sets of tagged words use for splits
# Usual names of the columns of words, and of their tags.
WORDS = KINDS["tags"].text_columns[0]
NUMBERS = tuple(chain(*KINDS["tags"].group_columns))
TAGS = tuple(chain(*KINDS["tags"].columns))
ONE_TEXT = 200  # words; with more it is noted that nothing parts them
PARTED = "blank lines part sentences, or a column with their number (data.sentence)"
_BLANKS = re.compile(" +")  # and no other white space, which may be part of a word
_KEY_VALUE = re.compile(r"#\s*\S+\s*=")  # a comment of CoNLL-U
_RANGE = re.compile(
    r"\d+[-.]\d+"
)  # ids of CoNLL-U that are not words: what a contraction stands for, and ellipses


@dataclass(frozen=True, slots=True)
class LineFormat:
    """How a line becomes cells. Without a `delimiter` it is the tab, in a line without tabs spaces.

    `title` are the cells of a line that names the columns.
    """

    delimiter: str | None = None
    conllu: bool = False
    quoting: bool = False
    title: tuple[str, ...] | None = None

    def cells(self, line: str) -> list[str]:
        """The cells of one line, without the white space around them."""
        line = line.rstrip("\r\n")
        mark = self.delimiter or ("\t" if "\t" in line else None)
        if mark is None:
            cells = _BLANKS.split(line.strip(" "))
        else:
            cells = next(csv.reader([line], delimiter=mark), []) if self.quoting else line.split(mark)
        return [cell.strip(" \t") for cell in cells]

    def is_word(self, line: str, width: int) -> bool:
        """Whether a line that is not blank stands for a word, in a file of `width` columns.

        A word may begin with #, as in tweets: a comment is a line with # that has another number of columns, or a space
        in the first of them.
        """
        if line.startswith("-DOCSTART-") or (
            self.title is not None and tuple(self.cells(line)) == self.title
        ):
            return False
        if line.startswith("#"):
            cells = self.cells(line)
            return len(cells) == width and " " not in cells[0] and not _KEY_VALUE.match(line)
        return not (self.conllu and _RANGE.fullmatch(self.cells(line)[0]))


@dataclass(frozen=True, slots=True)
class Conll:
    """A file of sentences. Without `header` its columns are called word, column_2, ... and tag."""

    path: Path
    format: LineFormat = LineFormat()
    header: tuple[str, ...] | None = None
    what: str = "a file of words in columns"
    holds: None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        quoting = ("quoting",) if ending(self.path) == COMMAS else ()
        return frozenset({"text", "label", "columns", "delimiter", *quoting})

    def columns(self) -> tuple[str, ...]:
        """The names of the columns. Raises `DataError` for a file without words, and names that do not fit it."""
        line, width = self._first()
        if self.header is None:
            return _names(width)
        if len(self.header) != width:
            words = f"this row has {width} columns, where columns names {len(self.header)}"
            raise DataError(f"{self.path}:{line}: {words}")
        return self.header

    def is_named(self) -> bool:
        """Whether `header` has a name for each column."""
        return self.header is not None and len(self.header) == self._first()[1]

    def open(self, roles: Roles, reading: Reading) -> Opened:
        columns, ends, tags = self.columns(), array("q", [0]), TagColumn(reading.kind)
        word, tag = (None if one is None else columns.index(one) for one in (roles.text, roles.label))
        counted = 0
        for end, rows in self.sentences(len(columns)):
            counted += len(rows)
            for place, cells in rows:
                self._check(cells, (word, tag), columns, place)
            ends.append(end)
            if tag is not None:
                tags.add([cells[tag] for _, cells in rows])
        rows_of = ConllRows(Records(self.path, ends), self, len(columns), word or 0)
        notes: tuple[str, ...] = ()
        if len(rows_of) == 1 < ONE_TEXT < counted:
            notes = (f"{self.path}: all {counted:,} words are one text: {PARTED}",)
        return Opened(rows_of, Unlabelled(len(rows_of)) if not reading.labelled else tags.labels(), notes)

    def words(self, text: str, width: int, column: int) -> tuple[str, ...]:
        """The words of a part of the file that holds one sentence."""
        lines = (line for line in text.split("\n") if any(self.format.cells(line)))
        return tuple(self.format.cells(line)[column] for line in lines if self.format.is_word(line, width))

    def _first(self) -> tuple[int, int]:
        """The number of the first line that is surely a word, and how many columns it has."""
        with Lines(self.path) as lines:
            for line in lines:
                cells = self.format.cells(line)
                sure = not line.startswith(("#", "-DOCSTART-")) and tuple(cells) != self.format.title
                if any(cells) and sure:
                    return lines.line, len(cells)
        raise DataError(f"{self.path} has no words")

    def sentences(self, width: int) -> Iterator[tuple[int, list[tuple[int, list[str]]]]]:
        """The byte after each sentence and the blank line below it, and its rows with the numbers of their lines."""
        rows: list[tuple[int, list[str]]] = []
        with Lines(self.path) as lines:
            for line in lines:
                if any(self.format.cells(line)):
                    if self.format.is_word(line, width):
                        rows.append((lines.line, self.format.cells(line)))
                elif rows:
                    yield lines.end, rows
                    rows = []
            if rows:
                yield lines.end, rows

    def _check(
        self, cells: list[str], wanted: tuple[int | None, ...], columns: tuple[str, ...], line: int
    ) -> None:
        if len(cells) != len(columns):
            first, _ = self._first()
            words = f"this row has {_columns(len(cells))}, where line {first} has {len(columns)}"
            raise DataError(f"{self.path}:{line}: {words}")
        empty = [columns[one] for one in wanted if one is not None and not cells[one]]
        if empty:
            raise DataError(f"{self.path}:{line}: nothing stands in column {empty[0]!r}")


def _columns(count: int) -> str:
    return "1 column" if count == 1 else f"{count} columns"


def _names(width: int) -> tuple[str, ...]:
    if width == 1:
        return ("word",)
    return ("word", *(f"column_{number}" for number in range(2, width)), "tag")


@dataclass(frozen=True, slots=True)
class ConllRows(RecordRows):
    """The sentences of a file, read when they are asked for."""

    records: Records
    source: Conll
    width: int
    column: int  # of the words

    @property
    def name(self) -> str:
        return self.source.name

    def inputs(self, index: int) -> Mapping[str, Any]:
        return {"text": self.source.words(self.records.read(index), self.width, self.column)}


# ------------------------------------------------------------------------------------------------ which files


def tagged(path: Path, data: Data, places: Places, key: str) -> Family:
    """The splits of a file or folder. Raises `DataError` for a folder without a file for training."""
    if not path.is_dir():
        return Single(tagged_file(path, data, places, key))
    found = files_of_splits(path)
    if several := next(((split, names) for split, names in found.items() if len(names) > 1), None):
        words = f"{path} has several files for {several[0]}: {listing(several[1])}. Name one with data.{several[0]}"
        raise places.error(key, words)
    if "train" not in found:
        has = shortened(entries(path)[1])
        raise places.error(
            key, f"{path} has no file whose name says train; it has: {has}. Name one with data.train"
        )
    usual = {split: names[0] for split, names in found.items()}
    known = (*KINDS["tags"].table_endings, *JSON_LINES, *PARQUET)
    others = tuple(
        name for name in entries(path)[1] if name not in usual.values() and Path(name).suffix.lower() in known
    )
    return Several(str(path), usual, lambda name: tagged_file(path / name, data, places, "source"), others)


def tagged_file(path: Path, data: Data, places: Places, key: str) -> Opener:
    """JSON Lines and Parquet by their endings, CSV with sentences in its cells; anything else has words in columns."""
    found = ending(path)
    in_rows = found in DELIMITERS and (
        has_sentences(path, data, places, key) or _has_word_rows(path, data, places, key)
    )
    if found in (*JSON_LINES, *PARQUET) or in_rows:
        return table(path, data, places, key)
    first = _first_line(path)
    commas = found == COMMAS and "\t" not in first and "," in first
    mark = delimiter_of(data.delimiter, places) or ("," if commas else None)
    form = LineFormat(mark, found == ".conllu", found == COMMAS and data.quoting)
    title = tuple(form.cells(first))
    if _names_columns(title, data):
        return Conll(path, replace(form, title=title), data.columns or title)
    return Conll(path, form, data.columns or (CONLLU if form.conllu else None))


def _first_line(path: Path) -> str:
    """The first line that is not blank; "" where there is none."""
    with Lines(path) as lines:
        return next((line for line in lines if line.strip()), "")


def _names_columns(cells: Sequence[str], data: Data) -> bool:
    """Whether the cells of a first line are the names of a column of words and of one of tags."""
    return cells == data.columns or bool(
        column_called(cells, data.text, chain(*KINDS["tags"].text_columns))
        and column_called(cells, None if isinstance(data.label, tuple) else data.label, TAGS)
    )


def _has_word_rows(path: Path, data: Data, places: Places, key: str) -> bool:
    """Whether a delimited file is a table with a word a row, and the number of the sentence in another column."""
    try:
        columns = table(path, data, places, key).columns() or ()
    # Words in columns may have no line of names, in which a cell may be there twice.
    except DataError:
        return data.sentence is not None
    if data.sentence is not None:
        return data.sentence in columns or key != "--input"
    return bool(column_called(columns, data.text, WORDS) and column_called(columns, None, NUMBERS))


def untagged_file(path: Path, data: Data, places: Places, key: str) -> Opener | None:
    """The same for words whose tags are not read: a file that has other columns than `data` names is taken as it is.

    None for a CSV file that does not name a column of words: it has a text a row.
    """
    opener = tagged_file(path, data, places, key)
    if isinstance(opener, Conll) and opener.format.title is None and ending(path) == COMMAS:
        return None
    if isinstance(opener, Conll) and not opener.is_named():
        return replace(opener, header=None)
    return opener


def files_of_splits(folder: Path) -> dict[str, list[str]]:
    """The files of each split: those that are called like it, else those with its name among the words of theirs."""
    files, found = entries(folder)[1], dict[str, list[str]]()
    for split, words in SPLITS.items():
        called = [name for name in files if Path(name).stem.lower() in words]
        among = [
            name for name in files if {*re.split(r"[^a-z]+", name.lower())} & {*words, _CONLL2003.get(split)}
        ]
        if called or among:
            found[split] = called or among
    return found
