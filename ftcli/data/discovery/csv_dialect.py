"""How a delimited file is written: its separator, its quotes, and whether its first line is a header."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ftcli.contracts.column_names import PAIRS
from ftcli.contracts.modalities import AUDIO, IMAGE, TEXT
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.discovery.column_profile import is_number
from ftcli.data.formats.dialect import DELIMITERS, Dialect, Sample, fitting
from ftcli.data.sources.records import Lines, ending
from ftcli.errors import DataError

_TABLES = (KINDS["single-label"].columns, TEXT.columns, IMAGE.columns, AUDIO.columns, PAIRS)
KNOWN = {"id", "idx"} | {name for table in _TABLES for group in table for name in group}


@dataclass(frozen=True, slots=True)
class DetectedDialect:
    """The format, and how many columns there are; `header` where the first line names them, after `skip` others."""

    format: Dialect
    width: int
    header: tuple[str, ...] | None
    skip: int = 0


def detect_dialect(path: Path) -> DetectedDialect:
    """Find the format in which the lines have most often the same number of columns. Raises `DataError`."""
    with Lines(path) as lines:
        sample = Sample.of(lines)
    if not sample.lines:
        raise DataError(f"{path} is empty")
    form, share, width = fitting(sample, sample.separator or DELIMITERS[ending(path)])
    if share == 0:
        raise DataError(f"{path}: no separator gives its lines two columns or more (tried tab , ; |)")
    rows = list(sample.rows(form))
    header = tuple(name.strip() for name in rows[0]) if has_header(rows) else None
    return DetectedDialect(form, width if header is None else len(header), header, sample.skip)


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
    if len(set(first)) < len(first) or _reads_on(first, others):
        return False
    return all(0 < len(cell) <= 40 and cell.count(" ") <= 2 for cell in first)


def _reads_on(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether every cell of the first row is of several words, most of which come again below it."""
    for index, cell in enumerate(first):
        words = cell.lower().split()
        below = {word for row in others if index < len(row) for word in row[index].lower().split()}
        if len(words) < 2 or 2 * sum(word in below for word in words) <= len(words):
            return False
    return bool(others)
