"""Columns of a table whose cells name files of a folder beside it, such as ids: `wavs/{id}.wav`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ftcli.contracts.modalities import FILE_ROLES, MODALITIES
from ftcli.data.cells.named import NamePattern
from ftcli.data.discovery.column_profile import Column
from ftcli.data.sources.folder import entries
from ftcli.errors import DataError
from ftcli.media.formats import media_of

LOOKED_AT = 200  # cells, each of which has to name a file
FOLDERS = 50  # that are listed


def name_files(columns: Iterable[Column], folder: Path) -> None:
    """Give those columns their pattern whose cells name files beside a table in `folder`, or in a folder there."""
    places = [*islice(_listed(folder), FOLDERS)]
    for column in columns:
        values = sorted(column.values)[:LOOKED_AT]
        if values and 2 * len(column.values) > column.filled:
            column.pattern = next(_patterns(column, values, places), None)


def _listed(folder: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """What stands before the names of the files beside a table, and in each folder there, with those names."""
    for name in ("", *entries(folder)[0]):
        try:
            yield f"{name}/" if name else "", frozenset(entries(folder / name)[1])
        except DataError:  # a folder that may not be read
            continue


def _patterns(
    column: Column, values: list[str], places: list[tuple[str, frozenset[str]]]
) -> Iterator[tuple[str, NamePattern]]:
    """The roles that the column may play, each with the name of its files; none where the column alone is enough."""
    for before, names in places:
        if column.is_file and not before and names.issuperset(values):
            return
        for role in FILE_ROLES:
            added = (
                [""] if column.holds(role) else [] if column.is_file else media_of(MODALITIES[role]).endings
            )
            for ending in added:
                if names.issuperset(f"{value}{ending}" for value in values):
                    yield role, NamePattern(f"{before}{{{column.name}}}{ending}")
