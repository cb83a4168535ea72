"""Entities in sequences of tags: the spans that the tags mark, or the tags themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ftcli.contracts.tag_schemes import OUTSIDE, SPANS, Scheme, scheme_of
from ftcli.metrics.per_class import PerClass, Row

Entity = tuple[str, int, int]  # type, first token, last token


def entities(tags: Sequence[str], scheme: Scheme) -> set[Entity]:
    """The entities of a sequence of tags, leniently, as the conlleval script of Tjong Kim Sang and Buchholz (2000).

    Of spans, an entity without a begin tag begins at its first tag, and a change of type is a new entity; a tag
    without a mark is an entity of one token. Where tags mark no spans, every token is an entity of the type of its tag.
    "O" is none.
    """
    found: set[Entity] = set()
    start, (before, kind) = 0, (OUTSIDE, "")
    for place, tag in enumerate([*tags, scheme.outside]):
        mark, name = scheme.parsed(tag)
        if before in "BI" and mark in "IE" and name == kind:
            before = mark
            continue
        if before != OUTSIDE:
            found.add((kind, start, place - 1))
        start, before, kind = place, mark, name
    return found


def counts_of_each(
    outputs: Sequence[Sequence[str]], targets: Sequence[Sequence[str]], scheme: Scheme
) -> NDArray[np.float64]:
    """What `Entities` counts, of each text: found, predicted, true ones by type, right and all words: (N, 3 T + 2)."""
    pairs = [
        (entities(said, scheme), entities(true, scheme)) for said, true in zip(outputs, targets, strict=True)
    ]
    types = sorted({kind for pair in pairs for found in pair for kind, _, _ in found})
    places = {kind: index for index, kind in enumerate(types)}
    counts = np.zeros((len(pairs), 3, len(types)))
    for row, (predicted, support) in zip(counts, pairs, strict=True):
        for index, found in enumerate((predicted & support, predicted, support)):
            for kind, _, _ in found:
                row[index, places[kind]] += 1
    words = [
        (sum(one == other for one, other in zip(said, true, strict=True)), len(true))
        for said, true in zip(outputs, targets, strict=True)
    ]
    return np.concatenate(
        [counts.reshape(len(pairs), -1), np.array(words, dtype=np.float64).reshape(-1, 2)], axis=1
    )


class Entities:
    """Counts of entities by type: found, predicted, true. Found are those whose type and both ends are right."""

    thorough: ClassVar[bool] = False

    def __init__(self, scheme: Scheme = SPANS, types: Iterable[str] = ()) -> None:
        """`types` are those that have a row in the table even if none occurs."""
        self.scheme = scheme
        self.types = set(types)
        self.hits, self.predicted, self.support = Counter[str](), Counter[str](), Counter[str]()
        self.tokens = 0
        self.right = 0

    @classmethod
    def of(cls, tags: Iterable[str]) -> Entities:
        """For the tags that a model knows: their scheme and types."""
        names = set(tags)
        scheme = scheme_of(names)
        return cls(scheme, {scheme.parsed(name)[1] for name in names - {scheme.outside}})

    def update(self, outputs: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> None:
        """The tags of each text, one for each word. Raises `ValueError` where there are not as many as words."""
        for said, true in zip(outputs, targets, strict=True):
            self.right += sum(one == other for one, other in zip(said, true, strict=True))
            self.tokens += len(true)
            predicted, support = entities(said, self.scheme), entities(true, self.scheme)
            self.hits.update(kind for kind, _, _ in predicted & support)
            self.predicted.update(kind for kind, _, _ in predicted)
            self.support.update(kind for kind, _, _ in support)

    def merge(self, other: Entities) -> None:
        """Add the counts of `other`."""
        self.types |= other.types
        self.hits += other.hits
        self.predicted += other.predicted
        self.support += other.support
        self.tokens += other.tokens
        self.right += other.right

    def compute(self) -> dict[str, float]:
        """token_accuracy, and precision, recall and F1 of entities as _micro and, if there are any, as _macro."""
        if self.tokens == 0:
            return {}
        counts = self.per_class()
        return {"token_accuracy": self.right / self.tokens, **counts.micro(), **counts.macro()}

    def table(self) -> list[Row]:
        """A row for each type, by name: class, precision, recall, f1, support."""
        return self.per_class().rows(self._names())

    def per_class(self) -> PerClass:
        """The counts of each type, by name."""
        names = self._names()
        counts = (self.hits, self.predicted, self.support)
        return PerClass(*(torch.tensor([one[name] for name in names], dtype=torch.int64) for one in counts))

    def _names(self) -> list[str]:
        return sorted(self.types | set(self.predicted) | set(self.support))
