"""Targets that hold any number of classes: their names counted and changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ftcli.contracts import Boxes
from ftcli.contracts.tag_schemes import OUTSIDE
from ftcli.data.targets.columns import Structures

Rename = Callable[[str], str | None]


def relabelled(labels: Structures, rename: Rename) -> Structures:
    """The same targets under other names; what `rename` gives None for is left out."""
    items = [CHANGES[labels.kind](item, rename) for item in labels.items]
    if labels.kind == "tags":  # a word that loses its tag is outside, and counts as that
        return Structures(labels.kind, items, [Counter(tags) for tags in items])
    return Structures(labels.kind, items, [_tally(tally, rename) for tally in labels.tallies])
    known = (new for name in labels.known if (new := rename(name)) is not None)
    return Structures(labels.kind, items, [_tally(tally, rename) for tally in labels.tallies], tuple(known))


def _tally(tally: Mapping[str, int], rename: Rename) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for name, count in tally.items():
        if (new := rename(name)) is not None:
            found[new] += count
    return found


def _boxes(boxes: Boxes, rename: Rename) -> Boxes:
    names = [rename(label) for label in boxes.labels]
    kept = np.array([name is not None for name in names], dtype=bool)
    crowd = tuple(crowd for crowd, keep in zip(boxes.crowd, kept, strict=True) if keep) if boxes.crowd else ()
    return Boxes(tuple(name for name in names if name is not None), boxes.corners[kept], crowd)


def _mask(mask: Any, rename: Rename) -> Any:
    names = {value: new for value, name in mask.names.items() if (new := rename(name)) is not None}
    return replace(mask, names=names)


def _tags(tags: Sequence[str], rename: Rename) -> tuple[str, ...]:
    return tuple(rename(tag) or OUTSIDE for tag in tags)


CHANGES: Mapping[str, Callable[[Any, Rename], Any]] = {"boxes": _boxes, "mask": _mask, "tags": _tags}
