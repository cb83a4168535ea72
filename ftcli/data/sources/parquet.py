"""Parquet. The needed columns are streamed once to an uncompressed Arrow file that is then memory-mapped, so that
any row is reached at once and memory does not grow with the data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts import Modality
from ftcli.data.formats.arrow_types import as_plain, inner_names, plain_schema
from ftcli.data.formats.class_labels import NamedCells, class_labels, features_of, named
from ftcli.data.formats.fields import Path as FieldPath
from ftcli.data.formats.fields import inner_paths, outer, path_of, with_fields
from ftcli.data.sources.base import Opened
from ftcli.data.sources.columns import Roles, read_keys
from ftcli.data.sources.records import RATIO, ROOM
from ftcli.data.sources.rows import ColumnRows
from ftcli.data.sources.scan import OtherColumns, Scan, needed_columns
from ftcli.data.targets.reading import Reading
from ftcli.errors import DataError, shortened
from ftcli.system.extras import import_extra
from ftcli.system.paths import check_readable
from ftcli.system.read_files import note_read
from ftcli.system.temporary import no_room, remove, remove_with, temporary

_BATCH = 1024  # rows that are in memory at once: few, as a row may hold an image


@dataclass(frozen=True, slots=True)
class Parquet:
    """A Parquet file. `named` is whether classes that are numbers get the names that the file has for them."""

    path: Path
    root: Path
    named: bool = True
    what: str = "a Parquet file"
    holds: None = None

    @property
    def name(self) -> str:
        return str(self.path)

    def reads(self, files: Modality) -> frozenset[str]:
        return read_keys(files)

    def columns(self) -> tuple[str, ...]:
        names: list[str] = self._schema().names
        return tuple(names)

    def fields(self) -> tuple[str, ...]:
        """The dotted names of what lies within the columns."""
        return inner_names(self._schema())

    def open(self, roles: Roles, reading: Reading) -> Opened:
        import pyarrow as pa

        whole = self._schema()
        needed = needed_columns(roles, reading)
        if twice := [name for name in needed if whole.names.count(name) > 1]:
            raise DataError(f"{self.path}: more than one column is called {shortened(map(repr, twice))}")
        scan = Scan(self.name, roles, reading, self.root, self.place, width=len(whole.names))
        paths = inner_paths(needed, whole.names)
        inputs = outer(roles.read_again(), whole.names)
        schema = plain_schema([whole.field(column) for column in inputs])
        label = roles.label if isinstance(roles.label, str) else None
        rows = NamedCells(paths, self._class_names(label, reading), label, self.place)
        copy = temporary(self.name, ".arrow")
        try:
            with pa.OSFile(copy, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
                lengths = self._stream(outer(needed, whole.names), scan, rows, writer.write_batch, schema)
        except BaseException as error:
            remove(copy, os.getpid())  # whatever stops it, nothing half-written stays behind
            if not isinstance(error, OSError):
                raise
            raise no_room(self.path, copy, error) from None
        ends = np.cumsum(np.asarray(lengths, dtype=np.int64))
        notes = rows.notes(self.name)
        return scan.opened(ArrowRows(self, copy, ends, roles, paths), notes)

    def sample(self) -> Iterator[dict[str, Any]]:
        """The rows as they come, with all columns, and classes by their names."""
        schema = self._schema()
        features = features_of(schema.metadata)
        labels = {
            name: names for name in schema.names if (names := class_labels(features, (name,))) is not None
        }
        for position, row in enumerate(self._rows(None), start=1):
            yield row | {
                name: named(row[name], names, self.place(position)) for name, names in labels.items()
            }

    def _rows(self, columns: Sequence[str] | None) -> Iterator[dict[str, Any]]:
        return (row for _, rows in self._batches(columns) for row in rows)

    def _stream(
        self, columns: list[str], scan: Scan, cells: NamedCells, write: Callable[[Any], None], schema: Any
    ) -> list[int]:
        position, lengths = 0, []
        others = OtherColumns(self.columns(), columns, self._rows)
        for batch, rows in self._batches(columns):
            for row in rows:
                position += 1
                scan.row(cells.of(row, position), position, others.are_empty)
            write(as_plain(batch, schema))
            lengths.append(batch.num_rows)
        return lengths

    def _class_names(self, label: str | None, reading: Reading) -> tuple[str, ...] | None:
        """The names that the file has for the classes of the labels."""
        if label is None or not self.named or not reading.labelled or "classes" not in reading.kind.keys:
            return None
        schema = self._schema()
        return class_labels(features_of(schema.metadata), path_of(label, schema.names))

    def _schema(self) -> Any:
        with self._open() as file:
            return file.schema_arrow

    def _batches(self, columns: Sequence[str] | None) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
        """A few rows at a time, as an Arrow batch and as mappings. Raises `DataError` for a damaged file."""
        import pyarrow as pa

        done = 0
        with self._open() as file:
            groups = range(file.num_row_groups)  # one by one: Arrow joins no lists of categories of several
            wanted = None if columns is None else list(columns)
            batches = chain.from_iterable(
                file.iter_batches(batch_size=_BATCH, row_groups=[group], columns=wanted) for group in groups
            )
            while True:
                try:
                    batch = next(batches, None)
                    rows = batch.to_pylist() if batch is not None else []
                except (OSError, ValueError, pa.ArrowException) as error:
                    reason = " ".join(str(error).split())
                    raise DataError(f"{self.place(done + 1)} or soon after it: damaged: {reason}") from None
                if batch is None:
                    return
                done += batch.num_rows
                yield batch, rows

    def _open(self) -> Any:
        pa, parquet = (import_extra(name, "parquet", self.name) for name in ("pyarrow", "pyarrow.parquet"))
        check_readable(self.path)
        note_read(self.path)
        try:
            file = parquet.ParquetFile(self.path)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise DataError(f"{self.path} is not a Parquet file: {error}") from None
        groups = (file.metadata.row_group(index) for index in range(file.num_row_groups))
        unpacked, most = (
            sum(group.total_byte_size for group in groups),
            max(ROOM, RATIO * self.path.stat().st_size),
        )
        if unpacked > most:
            file.close()
            raise DataError(
                f"{self.path} unpacks to {unpacked / 1e6:,.0f} MB, over {RATIO} times its size: it is not what it seems"
            )
        return file

    def place(self, row: int) -> str:
        return f"{self.path}: row {row}"


class ArrowRows(ColumnRows):
    """Rows of a memory-mapped Arrow file, which is deleted with the process that made it."""

    def __init__(
        self,
        source: Parquet,
        copy: str,
        ends: np.ndarray[Any, np.dtype[np.int64]],
        roles: Roles,
        paths: Mapping[str, FieldPath],
    ) -> None:
        self.source, self.copy, self.roles = source, copy, roles
        self._paths = paths
        self.name = source.name
        self._ends = ends
        self._reader: Any = None
        self._process = 0
        remove_with(self, copy)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @property
    def root(self) -> Path:
        return self.source.root

    def cells(self, index: int) -> Mapping[str, Any]:
        """The cells of one row that are inputs or kept."""
        batch = int(np.searchsorted(self._ends, index, side="right"))
        first = int(self._ends[batch - 1]) if batch else 0
        row: Mapping[str, Any] = self._open().get_batch(batch).slice(index - first, 1).to_pylist()[0]
        return with_fields(row, self._paths)

    def _open(self) -> Any:
        if self._reader is None or self._process != os.getpid():
            import pyarrow as pa

            self._reader = pa.ipc.open_file(pa.memory_map(self.copy))
            self._process = os.getpid()
        return self._reader

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_reader": None, "_process": 0}
