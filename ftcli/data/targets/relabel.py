"""Targets that hold any number of classes, under other names."""

from __future__ import annotations

from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Structures
from ftcli.data.targets.reading import Rename


def relabelled(labels: Structures, rename: Rename) -> Structures:
    """The same targets under other names; what `rename` gives None for is left out."""
    targets = targets_of(labels.kind)
    items = [targets.renamed(item, rename) for item in labels.items]
    pairs = zip(items, labels.tallies, strict=True)
    known = tuple(new for name in labels.known if (new := rename(name)) is not None)
    return Structures(labels.kind, items, [targets.tally(*pair, rename) for pair in pairs], known)
