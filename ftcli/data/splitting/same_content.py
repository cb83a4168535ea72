"""Examples with the same inputs, found by their content, however many splits they are in."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts.modalities import FILE_ROLES
from ftcli.data.splitting.selection import Selection
from ftcli.errors import DataError
from ftcli.store.fingerprints import content_key

# The name of a split, and a position in it.
Where = tuple[str, int]
Group = list[Where]
_TAIL = 256  # bytes


def same_content(parts: Mapping[str, Selection], among: Iterable[Group] | None = None) -> list[Group]:
    """Groups of examples whose inputs are the same, in the order of the examples; found by reading those `among` which
    they may be, by default `may_be_same`.
    """
    among = may_be_same(parts) if among is None else among
    return [found for group in among for found in _apart(parts, group, _content)]


def may_be_same(parts: Mapping[str, Selection]) -> list[Group]:
    """Groups of examples whose inputs may be the same before any is read: files of one size and with the same end.

    Those that are not in files of their own, such as texts, are one group: nothing is known of them.
    """
    groups = [[(role, position) for role, part in parts.items() for position in range(len(part))]]
    in_files = any(len(part) and isinstance(item(part, 0), str | Path) for part in parts.values())
    for sign in (_size, _tail) if in_files else ():
        groups = [found for group in groups for found in _apart(parts, group, sign)]
    return groups


def item(split: Selection, position: int) -> Any:
    """The image or the sound of an example, or its texts; without the target, where the row holds that, too."""
    inputs = split.rows.inputs(int(split.indices[position]))
    target = getattr(split.labels, "role", None)
    files = (inputs[name] for name in FILE_ROLES if name in inputs and name != target)
    return next(files, tuple(value for name, value in inputs.items() if name != target))


def _apart(parts: Mapping[str, Selection], group: Group, sign: Callable[[Any], Hashable]) -> list[Group]:
    """The group by its members' signs, without members that have theirs alone."""
    found: dict[Hashable, Group] = {}
    for role, position in group:
        try:
            found.setdefault(sign(item(parts[role], position)), []).append((role, position))
        except (OSError, DataError):  # what cannot be read is reported elsewhere
            continue
    return [alike for alike in found.values() if len(alike) > 1]


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
