"""Delimited text: how a line becomes cells, and how that is found out."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
MARKS = ("\t", ",", ";", "|")  # what separates columns, where nothing is said
ESCAPE = "\\"  # what stands before a quote inside quotes, where it is not another quote
# A backslash and a quote that are an accent of TeX, as in M\\"uller.
_ACCENT = re.compile(r'\\"(?=[\w{\\])')
_SEPARATOR = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
SAMPLE_LINES, SAMPLE_CHARACTERS = 20_000, 8_000_000


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a line becomes cells. `escape` is the character before a quote, or before itself, inside quotes."""

    delimiter: str = ","
    quoting: bool = True
    escape: str | None = None

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The rows of `lines`. With quoting, a quote that is out of place is an error and not guessed at."""
        csv.field_size_limit(sys.maxsize)
        if not self.quoting:
            return csv.reader(lines, delimiter=self.delimiter, quoting=csv.QUOTE_NONE, escapechar=self.escape)
        if self.escape is not None:
            lines = map(self._literal, lines)
        return csv.reader(lines, delimiter=self.delimiter, strict=True, escapechar=self.escape)

    def _literal(self, line: str) -> str:
        r"""The line with each escape doubled that stands before anything else: C:\new is no line end, and stays."""
        if self.escape is None or self.escape not in line:
            return line
        mark = re.escape(self.escape)
        return re.sub(rf'{mark}(["{mark}]?)', lambda found: found[0] if found[1] else found[0] * 2, line)


@dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of a file; `whole` where there are no more.

    `separator` is what a line before them says, sep=; for instance, which spreadsheets write and read.
    """

    lines: tuple[str, ...]
    whole: bool
    separator: str | None = None

    @classmethod
    def of(cls, lines: Iterable[str]) -> Sample:
        """So many of the lines as decide."""
        found: list[str] = []
        left, whole = SAMPLE_CHARACTERS, True
        for line in lines:
            if len(found) == SAMPLE_LINES or left <= 0:
                whole = False
                break
            found.append(line)
            left -= len(line)
        said = _SEPARATOR.fullmatch(found[0]) if found else None
        return cls(tuple(found), whole) if said is None else cls(tuple(found[1:]), whole, said[1])

    @property
    def skip(self) -> int:
        """The lines before those of the table."""
        return 0 if self.separator is None else 1

    def rows(self, form: Dialect) -> Iterator[list[str]]:
        """The rows that are not blank. Raises `csv.Error`, but not for a last row that the sample cuts."""
        try:
            yield from (row for row in form.rows(self.lines) if any(map(str.strip, row)))
        except csv.Error as error:
            if self.whole or "unexpected end" not in str(error):
                raise

    def escapes(self) -> int:
        """How often a backslash stands before a quote."""
        return sum(line.count(f'{ESCAPE}"') for line in self.lines)


def fitting(sample: Sample, usual: str) -> tuple[Dialect, float, int]:
    """The format in which the rows have most often the same number of columns, their share, and the largest number.

    Without one that has two columns or more, the share is 0. `usual` is the separator that is tried first.
    """
    form, share, width = Dialect(usual), 0.0, 0
    escapes = sample.escapes() > 0
    for mark in (usual, *(mark for mark in MARKS if mark != usual)):
        for candidate in candidates(mark, escapes=escapes):
            agreed, widest = _widths(candidate, sample)
            if agreed > share:  # of equals the first: the usual separator, then quotes that enclose
                form, share, width = candidate, agreed, widest
            if share == 1:
                return form, share, width
    return form, share, width


def candidates(delimiter: str, *, escapes: bool) -> Sequence[Dialect]:
    """What quotes may mean, likeliest first."""
    escaped = (Dialect(delimiter, escape=ESCAPE),) if escapes else ()
    return (Dialect(delimiter), *escaped, Dialect(delimiter, quoting=False))


def is_escaped(sample: Sample, delimiter: str) -> bool:
    """Whether a backslash stands before quotes that belong to values.

    It does where the lines cannot be read with quotes doubled, and can be so; and where it stands before every quote,
    and not all of these are accents.
    """
    if not sample.escapes():
        return False
    if sample.escapes() == sum(line.count('"') for line in sample.lines):
        return sum(len(_ACCENT.findall(line)) for line in sample.lines) < sample.escapes()
    plain, _ = _widths(Dialect(delimiter), sample, least=1)
    escaped, _ = _widths(Dialect(delimiter, escape=ESCAPE), sample, least=1)
    return plain == 0 < escaped


def _widths(form: Dialect, sample: Sample, least: int = 2) -> tuple[float, int]:
    """The share of rows that have the most frequent width, which must be `least` or more; and the largest width.

    The first row must have so many columns, too: it may name them.
    """
    widths: Counter[int] = Counter()
    first = 0
    try:
        for row in sample.rows(form):
            first = first or len(row)
            widths[len(row)] += 1
    except csv.Error:
        return 0.0, 0
    ((usual, count),) = widths.most_common(1) or [(0, 0)]
    return (count / widths.total() if min(first, usual) >= least else 0.0), max(widths, default=0)
