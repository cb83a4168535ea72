"""The training examples that evidence is taken from: at most some, in the proportions of their classes.

Samples of one split are nested: a smaller one is the beginning of a larger one. Validation and test are not read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts.modalities import FILE_ROLES
from ftcli.data.names.mirror_images import mirror_pair
from ftcli.data.sampling import in_proportion, ranks
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import Categories, Labels, Numbers, Structures
from ftcli.findings.corpus import Corpus
from ftcli.store.fingerprints import content_key

# Examples of evidence: more would take longer than they tell, as the standard error of an accuracy is then one point.
MOST = 2_000
# Below so many, an order of candidates is mostly chance.
LEAST = 50
# Of each class, however rare it is: one can be held out, and one learned from.
_LEAST_OF_EACH = 2
# Numbers are sampled in so many ranges of equal size.
_RANGES = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """Some training examples: their `positions` in the split, in its order, and what they are, as a `key`."""

    split: Selection
    positions: NDArray[np.int64]
    key: str

    def __len__(self) -> int:
        return len(self.positions)

    def groups(self, classes: tuple[str, ...]) -> NDArray[np.int64]:
        """A number for each example, (N,), the same for those that are nearly the same. All inputs are decoded."""
        # Imports Pillow.
        from ftcli.findings.near import near_groups

        corpus = Corpus({"train": self.split}, mirror_pair(classes) is not None)
        found = np.arange(len(self))
        for group in near_groups(corpus):
            found[[position for _, position in group]] = group[0][1]
        return found


def draw(split: Selection, size: int, seed: int) -> Sample:
    """At most `size` examples: random ones, in the proportions of their classes or of ranges of their numbers."""
    order = in_proportion(_codes(split.labels), ranks(split.ids(), seed, "recommend"), _LEAST_OF_EACH)
    positions = np.sort(order[:size])
    part = split.take(positions)
    return Sample(part, positions, content(part))


def _codes(labels: Labels) -> NDArray[np.integer]:
    if isinstance(labels, Categories):
        return labels.codes
    if isinstance(labels, Numbers):
        limits = np.quantile(labels.numbers, np.linspace(0, 1, _RANGES + 1)[1:-1])
        return np.searchsorted(limits, labels.numbers)
    return np.zeros(len(labels), dtype=np.int64)


def content(split: Selection) -> str:
    """A hash of ids, labels and inputs; of a file its path, size and time stand for its content."""
    facts: list[str] = []
    for position, name in enumerate(split.ids()):
        inputs = split.rows.inputs(int(split.indices[position]))
        given = [(role, _content(inputs[role], file=role in FILE_ROLES)) for role in sorted(inputs)]
        facts.append(f"{name} {_label(split.labels, position)!r} {given!r}")
    return content_key(*facts).hex()


def _label(labels: Labels, position: int) -> object:
    """What stands for the label of an example; None where it is among its inputs."""
    if isinstance(labels, Categories | Numbers):
        return labels[position]
    if not isinstance(labels, Structures):
        return None
    # A tuple of tags, or boxes, or a mask in a file.
    value = labels[position]
    counts = sorted(labels.tallies[position].items())
    return value if isinstance(value, tuple) else (counts, _content(getattr(value, "path", None), file=True))


def _content(given: object, *, file: bool = False) -> Sequence[object]:
    """A text is its own content; that of a `file` may be a path."""
    if isinstance(given, Path) or (file and isinstance(given, str)):
        status = os.stat(given)
        return (str(given), status.st_size, status.st_mtime_ns)
    if isinstance(given, np.ndarray):
        return (given.shape, content_key(given.tobytes()))
    return (content_key(given if isinstance(given, bytes) else repr(given)),)
