"""Findings on examples that are the same, or nearly so: within a split, in several, and under different labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from ftcli.data.splitting.same_content import Where
from ftcli.data.targets.columns import Categories, Numbers
from ftcli.errors import counted
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding, first

Group = Sequence[Where]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How the members of a group are alike, in the words of a finding."""

    # Of the kind of a finding: "same-input".
    kind: str
    # What is said of those in another split, behind "is" or "are": "also in".
    also: str
    # What is said of those in the same one: "there more than once".
    again: str
    # What is said of those with another label: "there under different labels".
    contrary: str
    nearly: bool = False


def on_copies(corpus: Corpus, groups: Sequence[Group], like: Likeness) -> Iterator[Finding]:
    """Groups of examples that are alike: those in two splits, those within one, and those with different labels."""
    yield from in_two_splits(corpus, groups, like)
    yield from _within(corpus, groups, like)
    yield from _contradicting(corpus, groups, like)


def in_two_splits(corpus: Corpus, groups: Sequence[Group], like: Likeness) -> Iterator[Finding]:
    """The groups that are in two splits: one finding for each pair of them."""
    for earlier, later in combinations(corpus.parts, 2):
        count, pairs = 0, []
        for group in groups:
            there = [where for where in group if where[0] == earlier]
            here = [where for where in group if where[0] == later]
            if there and here:
                count += len(here)
                pairs.append((there[0], here[0]))
        if count:
            yield Finding(
                f"{like.kind}-in-two-splits",
                "warning",
                count,
                f"{counted(count, corpus.noun)} of {later} {_are(count)} {like.also} {earlier}",
                first(corpus.pair(*pair) for pair in pairs),
                f"remove them from {earlier} or {later}: figures of {later} are too good with them",
            )


def _within(corpus: Corpus, groups: Sequence[Group], like: Likeness) -> Iterator[Finding]:
    for role in corpus.parts:
        own = [[where for where in group if where[0] == role] for group in groups]
        own = [group for group in own if len(group) > 1]
        if count := sum(len(group) - 1 for group in own):
            yield Finding(
                f"{like.kind}-within-split",
                "note",
                count,
                f"{counted(count, corpus.noun)} of {role} {_are(count)} {like.again}",
                first(corpus.pair(group[0], group[1]) for group in own),
                f"keep one of each, unless {role} is meant to count them more than once",
            )


def _contradicting(corpus: Corpus, groups: Sequence[Group], like: Likeness) -> Iterator[Finding]:
    pairs = []
    for group in groups:
        known = {
            label: where
            for where in reversed(group)
            if (label := corpus.label(where, nearly=like.nearly)) is not None
        }
        if len(known) > 1:
            pairs.append(sorted(known.values(), key=group.index)[:2])
    if pairs:
        labels = corpus.parts["train"].labels
        one_class = isinstance(labels, Categories) and not labels.kind.many
        several = "; where each example may have several, say so by data.label_separator" if one_class else ""
        yield Finding(
            f"{like.kind}-different-labels",
            # Numbers that people gave differ a little.
            "note" if isinstance(labels, Numbers) else "warning",
            len(pairs),
            f"{counted(len(pairs), corpus.noun)} {_are(len(pairs))} {like.contrary}",
            first(corpus.contradiction(*pair) for pair in pairs),
            f"correct the label of one, or remove both{several}",
        )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
