"""Examples of another split that the training split has too, by their content: figures of them say little."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.data.hashes import content_key
from ftcli.data.media import MEDIA
from ftcli.data.selection import Selection
from ftcli.errors import DataError

MOST = 200_000  # examples that are compared; more would take longer than all other looks at the data
_TAIL = 256  # bytes


def also_in(train: Selection, other: Selection) -> list[int]:
    """The positions in `other` of examples whose inputs `train` has too; none among more than `MOST` examples.

    Of files the sizes are compared first, then the last bytes, and only what has both in common is read.
    """
    if len(train) + len(other) > MOST:
        return []
    here, there = list(range(len(other))), list(range(len(train)))
    for sign in (_size, _tail, _content):
        ours, theirs = _signs(other, here, sign), _signs(train, there, sign)
        common = set(ours.values()) & set(theirs.values())
        here, there = _with(ours, common), _with(theirs, common)
        if not here:
            break
    return here


def _signs(
    split: Selection, positions: Iterable[int], sign: Callable[[Any], Hashable]
) -> dict[int, Hashable]:
    found = {}
    for position in positions:
        try:
            found[position] = sign(_item(split, position))
        except (OSError, DataError):  # what cannot be read is told elsewhere
            continue
    return found


def _with(signs: dict[int, Hashable], common: set[Hashable]) -> list[int]:
    return [position for position, sign in signs.items() if sign in common]


def _item(split: Selection, position: int) -> Any:
    """The image or the sound of an example, or its texts."""
    inputs = split.rows.inputs(int(split.indices[position]))
    return next((inputs[name] for name in MEDIA if name in inputs), tuple(inputs.values()))


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
