"""Findings on examples that are nearly the same, by what they are: images, texts or sounds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from ftcli.config.schema import Data
from ftcli.data.splitting.same_content import Where, same_content
from ftcli.findings import pictures, recordings
from ftcli.findings.copies import Group, Likeness, on_copies
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding
from ftcli.findings.opening import on_broken
from ftcli.findings.sketches import Limits, Sketch, Sketches
from ftcli.findings.wordings import near_texts

_NEAR = Likeness(
    "near-copy",
    "nearly the same as one of",
    "nearly the same as another",
    "nearly the same as one under another label",
    nearly=True,
)
# Decoding releases Python's lock, and what is left of it keeps more threads waiting.
_THREADS = 4
# Pairs of examples that are nearly the same, and of each that cannot be decoded what is wrong with it.
Search = Callable[[Corpus, Sequence[Where]], tuple[list[tuple[int, int]], list[str]]]


def on_near_copies(corpus: Corpus, same: Sequence[Group], data: Data) -> Iterator[Finding]:
    """Findings on near copies that are not the `same`, and on files that cannot be decoded."""
    # Of examples that are the same, the first stands for all.
    known = {where for group in same for where in group[1:]}
    wheres = [where for where in corpus.all() if where not in known]
    pairs, broken = _SEARCHES[corpus.noun](corpus, wheres)
    if broken:
        yield on_broken(broken, data)
    groups = _joined(pairs)
    yield from on_copies(corpus, [[wheres[number] for number in group] for group in groups], _NEAR)


def near_groups(corpus: Corpus) -> list[list[Where]]:
    """Groups of examples that are the same or nearly so; one that cannot be decoded is in none."""
    wheres = corpus.all()
    number = {where: i for i, where in enumerate(wheres)}
    same = [(number[a], number[b]) for group in same_content(corpus.parts) for a, b in pairwise(group)]
    nearly, _ = _SEARCHES[corpus.noun](corpus, wheres)
    return [[wheres[one] for one in group] for group in _joined([*same, *nearly])]


def _sketched(sketch: Callable[[Any], Sketch | None], limits: Limits) -> Search:
    def search(corpus: Corpus, wheres: Sequence[Where]) -> tuple[list[tuple[int, int]], list[str]]:
        sketches = Sketches(replace(limits, mirrored=limits.mirrored and not corpus.handed))
        threads = min(_THREADS, os.cpu_count() or 1)
        sketches.add_all((corpus.input(where) for where in wheres), sketch, threads)
        return sketches.pairs(), list(sketches.broken.values())

    return search


def _joined(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Groups of numbers that pairs connect, in order."""
    parent: dict[int, int] = {}

    def root(number: int) -> int:
        while (above := parent.setdefault(number, number)) != number:
            parent[number] = number = parent[above]
        return number

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    groups: dict[int, list[int]] = {}
    for number in sorted(parent):
        groups.setdefault(root(number), []).append(number)
    return list(groups.values())


_SEARCHES: Mapping[str, Search] = {
    "image": _sketched(pictures.sketch_image, pictures.LIMITS),
    "sound": _sketched(recordings.sketch_sound, recordings.LIMITS),
    "text": near_texts,
}
