"""One look at every row of a table: its label is read, its image must be whole, its empty texts are counted."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ftcli.data.columns import Roles, as_text
from ftcli.data.intact import Broken
from ftcli.data.labels import LabelReader, Reading, unlabelled
from ftcli.data.sources.base import Opened, Rows
from ftcli.errors import DataError

SHOWN = 5  # how many missing files a message names


class Inspection:
    """Collects what is known of a table's rows. `place(position)` names a row in messages."""

    def __init__(
        self, name: str, roles: Roles, reading: Reading, root: Path, place: Callable[[int], str]
    ) -> None:
        self._name, self._roles, self._root, self._place = name, roles, root, place
        labelled = reading.kind is not None
        self._labels = LabelReader(reading, place) if labelled else None
        self._label = roles.label if labelled else None
        self._texts = tuple(column for column in (roles.text, roles.text_pair) if column is not None)
        self._rows = self._blank = self._missing = 0
        self._examples: list[str] = []  # the first few missing files
        self._broken = Broken(f"in {name}")

    def row(self, cells: Mapping[str, Any], position: int) -> None:
        """Look at one row. Raises `DataError` for a bad label or an image cell that is no path."""
        self._rows += 1
        if self._labels is not None and self._label is not None:
            self._labels.add(cells[self._label], position)
        for column in self._texts:
            cell = cells[column]
            if isinstance(cell, list | dict | bytes):
                kind = type(cell).__name__
                raise DataError(
                    f"{self._place(position)}: the text in column {column!r} is a {kind}, not a text"
                )
            if not as_text(cell).strip():
                self._blank += 1
        if self._roles.image is not None:
            self._look_at_image(cells[self._roles.image], position)

    def opened(self, rows: Rows, notes: tuple[str, ...] = ()) -> Opened:
        """The split, once every row was seen. Raises `DataError` for an empty table, and missing or broken images."""
        if not self._rows:
            raise DataError(f"{self._name} has no rows")
        if self._missing:
            raise DataError(
                f"{self._missing:,} of the {self._rows:,} images in {self._name} do not exist: "
                + "; ".join(self._examples)
                + ("; ..." if self._missing > SHOWN else "")
                + f". Image paths are relative to {self._root.absolute()}; set data.root for another folder"
                + (
                    f", or data.image if {self._roles.image!r} is the wrong column"
                    if self._missing == self._rows
                    else ""
                )
            )
        self._broken.check()
        if self._blank:
            words = "text is empty and is" if self._blank == 1 else "texts are empty and are"
            notes = (*notes, f"{self._name}: {self._blank:,} {words} kept as empty text")
        return Opened(rows, unlabelled(self._rows) if self._labels is None else self._labels.labels(), notes)

    def _look_at_image(self, cell: object, position: int) -> None:
        if isinstance(cell, Mapping):
            cell = cell.get("bytes") if cell.get("bytes") is not None else cell.get("path")
        if isinstance(cell, bytes):
            self._broken.look(cell, self._place(position))
            return
        if not isinstance(cell, str) or not cell.strip():
            where = f"{self._place(position)}: the image in column {self._roles.image!r}"
            raise DataError(
                f"{where} is {'empty' if not cell else repr(cell)}: a path to an image file is wanted"
            )
        path = os.path.join(self._root, cell)
        if os.path.isfile(path):
            self._broken.look(path, self._place(position))
        else:
            self._missing += 1
            if self._missing <= SHOWN:
                self._examples.append(f"{self._place(position)}: {cell}")
