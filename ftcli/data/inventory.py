"""What the examples of a run were when it began, to tell whether they still are.

Of each example its id, its target and its input count: the text, or the size of the file, which is not read. So a file
that was changed to another of the same size is taken for the same.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ftcli.contracts import Boxes, Example, Split
from ftcli.contracts.modalities import FILE_ROLES
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.splits import Splits
from ftcli.data.targets.columns import InRows
from ftcli.errors import listing
from ftcli.store.fingerprints import content_key

LARGEST = 50_000  # examples of a split that are remembered one by one, which takes about a second
FEW = 1000  # of larger splits whose targets are in the rows, so many examples are read
NAMES = ("train", "val", "test")

Inventory = dict[
    str, dict[str, Any]
]  # by split: `examples`, `digest` of all, and `each` by id where they are few


def inventory(splits: Splits) -> Inventory:
    """What the examples are. Raises `DataError` for one that cannot be read."""
    there = {name: split for name in NAMES if (split := getattr(splits, name)) is not None}
    return {
        name: _of(split, in_files=KINDS[splits.target.kind].files is not None)
        for name, split in there.items()
    }


def example_files(splits: Splits) -> Iterator[Path]:
    """The files that examples name, as inputs or as targets, in order; of examples without files none is asked for."""
    in_files = KINDS[splits.target.kind].files is not None
    for split in (getattr(splits, name) for name in NAMES):
        if split is None or not len(split):
            continue
        if any(_files(split[index], in_files) for index in (0, len(split) - 1)):
            for index in range(len(split)):
                yield from _files(split[index], in_files)


def _files(example: Example, in_files: bool) -> list[Path]:
    named = [(value, name in FILE_ROLES) for name, value in example.inputs.items()]
    paths = (
        getattr(value, "path", value)
        if isinstance(value, os.PathLike | str) or hasattr(value, "path")
        else None
        for value, file in (*named, (example.target, in_files))
        if file or isinstance(value, os.PathLike)
    )
    return [Path(path) for path in paths if path is not None]


def _of(split: Split, *, in_files: bool) -> dict[str, Any]:
    within = any(
        isinstance(value, bytes) for value in split[0].inputs.values()
    )  # a large file, to be read for that
    if (len(split) > LARGEST or within) and isinstance(split.targets(), InRows):
        few = np.linspace(0, len(split) - 1, min(len(split), FEW)).astype(int).tolist()
        contents = (_content(split[index], in_files) for index in few)
        return {"examples": len(split), "digest": content_key(*contents).hex()}
    if len(split) > LARGEST or within:
        whole = content_key(*(f"{index} {_fact(target)!r}" for index, target in enumerate(split.targets())))
        return {"examples": len(split), "digest": whole.hex()}
    examples = (split[index] for index in range(len(split)))
    each = {example.id: _content(example, in_files) for example in examples}
    return {"examples": len(split), "digest": content_key(*each, *each.values()).hex(), "each": each}


def _content(example: Example, in_files: bool) -> str:
    parts = [f"{name} {_fact(value, name in FILE_ROLES)!r}" for name, value in sorted(example.inputs.items())]
    return content_key(*parts, repr(_fact(example.target, in_files))).hex()[:16]


def _fact(value: Any, file: bool = False) -> Any:
    """What is compared of an input or a target."""
    value = getattr(value, "path", value)  # of a mask in a file
    if isinstance(value, os.PathLike) or (file and isinstance(value, str)):
        try:
            return os.stat(value).st_size
        except OSError:
            return None
    if isinstance(value, bytes):
        return content_key(value)
    if isinstance(value, Boxes):
        return value.labels, value.corners.tobytes(), value.crowd
    if isinstance(value, str | int | float | tuple) or value is None:
        return value
    return value.tobytes() if hasattr(value, "tobytes") else type(value).__name__


def difference(before: Mapping[str, Any], now: Inventory) -> str:
    """How the examples differ from those before: how many were added, removed, changed or moved; empty if not."""
    if all(before.get(name, {}).get("digest") == now.get(name, {}).get("digest") for name in NAMES):
        return ""
    if any("each" not in one for one in (*before.values(), *now.values())):
        return listing(
            f"{name} had {_size(before, name)} examples and has {_size(now, name)}" for name in NAMES
        )
    old, new = Counter(_pairs(before)), Counter(_pairs(now))
    came, went = _ids(new - old), _ids(old - new)
    counts = {
        "added": [id_ for id_ in came if id_ not in went],
        "removed": [id_ for id_ in went if id_ not in came],
        "changed": [id_ for id_ in came if id_ in went],
    }
    changes = [f"{len(ids):,} {what} ({listing(ids, 3)})" for what, ids in counts.items() if ids]
    return ", ".join(changes) or "the same examples are split in another way, or in another order"


def _size(known: Mapping[str, Any], name: str) -> str:
    return f"{known.get(name, {}).get('examples', 0):,}"


def _pairs(known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in known.values():
        yield from one["each"].items()


def _ids(pairs: Counter[tuple[str, str]]) -> Sequence[str]:
    return list(dict.fromkeys(id_ for id_, _ in pairs))
