"""How a delimited file is written: its separator, its quotes, and whether its first line is a header."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ftcli.contracts.column_names import PAIRS
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.discovery.column_profile import is_number
from ftcli.data.sources.records import Lines, ending
from ftcli.data.sources.table import DELIMITERS, Dialect
from ftcli.errors import DataError

SAMPLE = 20_000  # lines that are read
_TABLES = (KINDS["single-label"].columns, TEXT.columns, IMAGE.columns, AUDIO.columns, PAIRS)
KNOWN = {"id", "idx"} | {name for table in _TABLES for group in table for name in group}


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """The format, and how many columns there are; `header` where the first line names them."""

    format: Dialect
    width: int
    header: tuple[str, ...] | None


def detect_dialect(path: Path) -> DetectedDialect:
    """Find the format in which the lines have most often the same number of columns. Raises `DataError`."""
    with Lines(path) as lines:
        sample = list(islice(lines, SAMPLE))
    if not sample:
        raise DataError(f"{path} is empty")
    usual = DELIMITERS[ending(path)]
    marks = [usual, *(mark for mark in ("\t", ",", ";", "|") if mark != usual)]
    form, share, width = Dialect(usual), 0.0, 0
    for candidate in (Dialect(mark, quoting) for mark in marks for quoting in (True, False)):
        agreed, widest = _widths(candidate, sample)
        if agreed > share:  # of equals the first: the usual separator, then quotes that enclose
            form, share, width = candidate, agreed, widest
        if share == 1:
            break
    if share == 0:
        raise DataError(f"{path}: no separator gives its lines two columns or more (tried tab , ; |)")
    rows = [row for row in form.rows(sample[:-1] if len(sample) == SAMPLE else sample) if row]
    header = tuple(name.strip() for name in rows[0]) if has_header(rows) else None
    return DetectedDialect(form, width if header is None else len(header), header)


def _widths(form: Dialect, sample: Sequence[str]) -> tuple[float, int]:
    """The share of rows that have the most frequent width, which must be two or more; and the largest width."""
    widths: Counter[int] = Counter()
    try:
        for row in form.rows(sample):
            widths[len(row)] += 1
    except csv.Error as error:
        if (
            "unexpected end" not in str(error) or len(sample) < SAMPLE
        ):  # the sample may end inside a quoted text
            return 0.0, 0
    widths.pop(0, None)
    ((usual, count),) = widths.most_common(1) or [(0, 0)]
    return (count / widths.total() if usual > 1 else 0.0), max(widths, default=0)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns, judged by the others."""
    first, others = rows[0], rows[1:]
    if any(cell.strip().lower() in KNOWN for cell in first):
        return True
    for index, cell in enumerate(first):
        below = [row[index] for row in others if index < len(row) and row[index].strip()]
        if below and all(map(is_number, below)):
            return not is_number(cell)
    for index, cell in enumerate(first):
        below = [row[index] for row in others if index < len(row)]
        if cell in below:
            return False
    return all(0 < len(cell) <= 40 and cell.count(" ") <= 2 for cell in first) and len(set(first)) == len(
        first
    )
