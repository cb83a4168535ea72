"""Examples of another split that the training split has too, by their content: figures of them say little."""

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

MOST = 200_000  # examples that are compared; more would take longer than all other checks of the data
_TAIL = 256  # bytes


def also_in(train: Selection, others: Mapping[str, Selection]) -> dict[str, list[int]]:
    """The positions in each of `others` of examples whose inputs `train` has too; none for more than `MOST` examples.

    Of files the sizes are compared first, then the last bytes, and only what has both in common is read.
    """
    compared = {role: part for role, part in others.items() if len(train) + len(part) <= MOST}
    here = {role: list(range(len(part))) for role, part in compared.items()}
    there = list(range(len(train)))
    in_files = len(train) > 0 and isinstance(_item(train, 0), str | Path)  # else all is read anyway, so once
    for sign in (_size, _tail, _content) if in_files else (_content,):
        if not any(here.values()):
            break
        ours = {role: _signs(part, here[role], sign) for role, part in compared.items()}
        theirs = _signs(train, there, sign)
        known, wanted = set(theirs.values()), {one for signs in ours.values() for one in signs.values()}
        here = {role: _with(signs, known) for role, signs in ours.items()}
        there = _with(theirs, wanted)
    return here


def _signs(
    split: Selection, positions: Iterable[int], sign: Callable[[Any], Hashable]
) -> dict[int, Hashable]:
    found = {}
    for position in positions:
        try:
            found[position] = sign(_item(split, position))
        except (OSError, DataError):  # what cannot be read is reported elsewhere
            continue
    return found


def _with(signs: dict[int, Hashable], common: set[Hashable]) -> list[int]:
    return [position for position, sign in signs.items() if sign in common]


def _item(split: Selection, position: int) -> Any:
    """The image or the sound of an example, or its texts."""
    inputs = split.rows.inputs(int(split.indices[position]))
    return next((inputs[name] for name in FILE_ROLES if name in inputs), tuple(inputs.values()))


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
