"""What the rows of most sources share: how they are known and named, and their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ftcli.data.sources.base import Rows
from ftcli.data.sources.columns import Roles
from ftcli.data.sources.records import Records


class _Named(Protocol):
    @property
    def name(self) -> str: ...


class _OfRecords(_Named, Protocol):
    @property
    def records(self) -> Records: ...


class _WithColumns(Protocol):
    @property
    def roles(self) -> Roles: ...
    @property
    def root(self) -> Path: ...
    def cells(self, index: int) -> Mapping[str, Any]: ...


class NumberedRows:
    """Rows that are known by their number, from 1, and have no columns beside their inputs."""

    __slots__ = ()

    def id(self, index: int) -> str:
        return str(index + 1)

    def attributes(self, index: int) -> Mapping[str, Any]:
        return {}

    def place(self: _Named, index: int) -> str:
        return f"{self.name}: row {index + 1}"


class RecordRows(NumberedRows):
    """Rows that are `records` of a text file."""

    __slots__ = ()

    def __len__(self: _OfRecords) -> int:
        return len(self.records)

    def place(self: _OfRecords, index: int) -> str:
        return f"{self.name}:{self.records.line(index)}"


class ColumnRows(NumberedRows):
    """Rows whose `cells` are inputs and attributes by their `roles`; paths of files are relative to `root`."""

    __slots__ = ()

    def inputs(self: _WithColumns, index: int) -> Mapping[str, Any]:
        return self.roles.inputs(self.cells(index), self.root)

    def attributes(self: _WithColumns, index: int) -> Mapping[str, Any]:
        if not self.roles.keep:
            return {}
        cells = self.cells(index)
        return {column: cells[column] for column in self.roles.keep}


@dataclass(frozen=True, slots=True)
class SomeRows:
    """Rows without those that are not examples, under the ids that they have among all."""

    rows: Rows
    kept: NDArray[np.int64]

    @property
    def name(self) -> str:
        return self.rows.name

    def __len__(self) -> int:
        return len(self.kept)

    def id(self, index: int) -> str:
        return self.rows.id(int(self.kept[index]))

    def inputs(self, index: int) -> Mapping[str, Any]:
        return self.rows.inputs(int(self.kept[index]))

    def attributes(self, index: int) -> Mapping[str, Any]:
        return self.rows.attributes(int(self.kept[index]))

    def place(self, index: int) -> str:
        return self.rows.place(int(self.kept[index]))
