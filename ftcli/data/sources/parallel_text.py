"""Two files with the same number of lines: a text on each line of one, what to write on the same line of the other."""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.contracts import Modality
from ftcli.contracts.modalities import TEXT
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.records import Lines, Records
from ftcli.data.sources.rows import NumberedRows
from ftcli.data.targets.columns import InRows, Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError

_BRACES = re.compile(r"(?P<before>[^{}]*)\{(?P<source>[^{},]*),(?P<target>[^{},]*)\}(?P<after>[^{}]*)")


def both(value: str) -> tuple[Path, Path] | None:
    """The two files that train.{en,de}.gz stands for, the source first; None for a path without such braces."""
    found = _BRACES.fullmatch(value)
    if found is None or os.path.exists(os.path.expanduser(value)):  # of a text, pathlib's own would raise
        return None
    names = (f"{found['before']}{found[part].strip()}{found['after']}" for part in ("source", "target"))
    source, target = (Path(os.path.expanduser(name)) for name in names)
    return source, target


@dataclass(frozen=True, slots=True)
class Parallel:
    """Two files of lines; without a `target` one, whose texts are to be written."""

    source: Path
    target: Path | None
    name: str
    what: str = "files of lines"
    holds: Modality | None = TEXT

    def reads(self, files: Modality) -> frozenset[str]:
        return frozenset()

    def columns(self) -> None:
        return None

    def open(self, roles: Roles, reading: Reading) -> Opened:
        source, blank = _scanned(self.source)
        target = None
        if self.target is not None and reading.labelled:
            target, more = _scanned(self.target)
            _check_same(source, target)
            blank += more
        if not len(source):
            raise DataError(f"{self.name} has no lines")
        words = "line is empty and is" if blank == 1 else "lines are empty and are"
        notes = (f"{self.name}: {blank:,} {words} kept as empty text",) if blank else ()
        size = len(source)
        labels = Unlabelled(size) if not reading.labelled else InRows(reading.kind, size)
        return Opened(LineRows(self.name, source, target), labels, notes)


def _scanned(path: Path) -> tuple[Records, int]:
    """The lines of a file, and how many of them are empty."""
    offsets, blank = array("q"), 0
    with Lines(path) as lines:
        offsets.append(0)
        for text in lines:
            blank += not text.strip()
            offsets.append(lines.end)
    return Records(path, offsets), blank


def _check_same(source: Records, target: Records) -> None:
    if len(source) != len(target):
        raise DataError(
            f"{source.path} has {len(source):,} lines and {target.path} has {len(target):,}: "
            "each line of the second is what to write for the same line of the first"
        )


@dataclass(frozen=True, slots=True)
class LineRows(NumberedRows):
    """The lines of one file, and those of another."""

    name: str
    source: Records
    target: Records | None

    def __len__(self) -> int:
        return len(self.source)

    def inputs(self, index: int) -> Mapping[str, Any]:
        inputs = {"text": self.source.read(index).rstrip("\r\n")}
        if self.target is not None:
            inputs["target"] = self.target.read(index).rstrip("\r\n")
        return inputs

    def place(self, index: int) -> str:
        return f"{self.source.path}:{index + 1}"
