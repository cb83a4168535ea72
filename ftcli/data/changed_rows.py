"""Rows of which some inputs are others than the cells: files that were found, lists and chats written as texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ftcli.data.chats.prompts import exchange
from ftcli.data.sources.base import Rows
from ftcli.data.sources.folder import Names


class _Over(Protocol):
    @property
    def rows(self) -> Rows: ...


class RowsOver:
    """What rows over other `rows` have from those: all but their inputs."""

    __slots__ = ()

    @property
    def name(self: _Over) -> str:
        return self.rows.name

    def __len__(self: _Over) -> int:
        return len(self.rows)

    def id(self: _Over, index: int) -> str:
        return self.rows.id(index)

    def attributes(self: _Over, index: int) -> Mapping[str, Any]:
        return self.rows.attributes(index)

    def place(self: _Over, index: int) -> str:
        return self.rows.place(index)


@dataclass(frozen=True, slots=True)
class FoundRows(RowsOver):
    """Rows whose file of a `role` is the one in `paths`, where that is not empty."""

    rows: Rows
    role: str
    paths: Names

    def inputs(self, index: int) -> Mapping[str, Any]:
        inputs, path = self.rows.inputs(index), self.paths[index]
        return {**inputs, self.role: Path(path)} if path else inputs


@dataclass(frozen=True, slots=True)
class WrittenRows(RowsOver):
    """Rows whose `role` is a text that writes something else, as `read` gives it; None for any other text."""

    rows: Rows
    role: str
    read: Callable[[str], Any]

    def inputs(self, index: int) -> Mapping[str, Any]:
        inputs = self.rows.inputs(index)
        text = inputs[self.role]
        found = self.read(text) if isinstance(text, str) else None
        return inputs if found is None else exchange({**inputs, self.role: found})
