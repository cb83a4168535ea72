"""Examples with the same inputs, found by their content, however many splits they are in."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts.modalities import FILE_ROLES
from ftcli.data.splitting.selection import Selection
from ftcli.errors import DataError
from ftcli.store.fingerprints import content_key

# The name of a split, and a position in it.
Where = tuple[str, int]
_TAIL = 256  # bytes


def same_content(
    parts: Mapping[str, Selection],
    wanted: Callable[[list[Where]], bool] = lambda group: len(group) > 1,
    *,
    most_read: int | None = None,
) -> list[list[Where]]:
    """Groups of examples whose inputs are the same, without those that are not `wanted`, in the order of the examples.

    Of files the sizes are compared first, then the last bytes, and only what has both in common is read: nothing at all
    where that are more than `most_read` files.
    """
    groups = [[(role, position) for role, part in parts.items() for position in range(len(part))]]
    in_files = any(len(part) and isinstance(item(part, 0), str | Path) for part in parts.values())
    for sign in (_size, _tail, _content) if in_files else (_content,):
        if sign is _content and in_files and most_read is not None and sum(map(len, groups)) > most_read:
            return []
        groups = [found for group in groups for found in _apart(parts, group, sign) if wanted(found)]
    return groups


def item(split: Selection, position: int) -> Any:
    """The image or the sound of an example, or its texts; without the target, where the row holds that, too."""
    inputs = split.rows.inputs(int(split.indices[position]))
    target = getattr(split.labels, "role", None)
    files = (inputs[name] for name in FILE_ROLES if name in inputs and name != target)
    return next(files, tuple(value for name, value in inputs.items() if name != target))


def _apart(
    parts: Mapping[str, Selection], group: list[Where], sign: Callable[[Any], Hashable]
) -> list[list[Where]]:
    """The group by its members' signs."""
    found: dict[Hashable, list[Where]] = {}
    for role, position in group:
        try:
            found.setdefault(sign(item(parts[role], position)), []).append((role, position))
        except (OSError, DataError):  # what cannot be read is reported elsewhere
            continue
    return list(found.values())


def _size(item: Any) -> Hashable:
    return os.stat(item).st_size if isinstance(item, str | Path) else 0


def _tail(item: Any) -> Hashable:
    if not isinstance(item, str | Path):
        return 0
    with open(item, "rb", buffering=0) as file:
        file.seek(-min(_TAIL, os.fstat(file.fileno()).st_size), os.SEEK_END)
        return file.read()


def _content(item: Any) -> Hashable:
    if isinstance(item, str | Path):
        return content_key(Path(item).read_bytes())
    if isinstance(item, np.ndarray):
        return content_key(str(item.shape), item.tobytes())
    return content_key(item if isinstance(item, bytes) else repr(item))
