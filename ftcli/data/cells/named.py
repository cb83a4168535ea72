"""What `data.image` or `data.label` names of a row: a column, a name with columns in braces, or several columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from ftcli.data.cells.indicators import Indicators
from ftcli.data.cells.scalars import label_text

_BRACES = re.compile(r"\{([^{}]+)\}")


class NamePattern(str):
    """A name with columns in braces, such as "{folder}/{id}.png"."""

    __slots__ = ()


Named = str | tuple[str, ...]


def named_file(name: str, columns: Collection[str]) -> str:
    """What the key of a file names in a table: a pattern where it has braces and is not itself a column."""
    return NamePattern(name) if name not in columns and _BRACES.search(name) else name


def columns_of(named: Named) -> tuple[str, ...]:
    """The columns that are read, each once."""
    if isinstance(named, tuple):
        return named
    return tuple(dict.fromkeys(_BRACES.findall(named))) if isinstance(named, NamePattern) else (named,)


def cell_of(cells: Mapping[str, Any], named: Named) -> Any:
    """A cell; the text of a pattern, or None where a column of it is empty; or cells by their columns."""
    if isinstance(named, tuple):
        return Indicators({column: cells[column] for column in named})
    if not isinstance(named, NamePattern):
        return cells[named]
    parts = {column: cells[column] for column in columns_of(named)}
    texts = {column: "" if part is None else label_text(part) for column, part in parts.items()}
    return _BRACES.sub(lambda found: texts[found[1]], named) if all(texts.values()) else None
