"""Findings on classes: those without examples, with few, and of very unequal sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ftcli.contracts.target_kinds import KINDS
from ftcli.data.splits import Splits
from ftcli.data.targets.columns import Categories, Labels, Structures
from ftcli.errors import counted
from ftcli.findings.corpus import Corpus
from ftcli.findings.finding import Finding, first

# With fewer training examples a class is hardly learned, and one or two of them decide what is.
TINY = 5
# The usual bound above which sizes are called very unequal: always predicting the larger class is then right
# 91 times of 100 between the two.
UNEQUAL = 10


def on_classes(splits: Splits, corpus: Corpus) -> Iterator[Finding]:
    """What is odd with the sizes of classes; nothing where examples have none."""
    sizes = {role: _sizes(part.labels) for role, part in corpus.parts.items()}
    classes, kind = splits.target.classes, KINDS[splits.target.kind]
    if sizes["train"] is None or len(classes) < 2 or kind.speakers:
        return
    found = {name: (sizes["train"] or {}).get(name, 0) for name in classes}
    yield from _empty(splits.absent)
    yield from _tiny(found)
    if kind.counts_examples:
        yield from _unequal(found)
    for role in list(corpus.parts)[1:]:
        yield from _absent(role, found, sizes[role] or {})


def _sizes(labels: Labels) -> dict[str, int] | None:
    """How many examples have each class; None where the labels are no classes."""
    if isinstance(labels, Categories):
        return labels.counts()
    if isinstance(labels, Structures):
        return dict(Counter(name for tally in labels.tallies for name, count in tally.items() if count))
    return None


def _empty(names: Sequence[str]) -> Iterator[Finding]:
    if names:
        yield Finding(
            "empty-class",
            "warning",
            len(names),
            f"{counted(len(names), 'class', 'classes')} without any training example",
            first(names),
            "add examples of them, or name only the others in data.classes",
        )


def _tiny(sizes: Mapping[str, int]) -> Iterator[Finding]:
    if small := {name: size for name, size in sizes.items() if 0 < size < TINY}:
        yield Finding(
            "tiny-class",
            "warning",
            len(small),
            f"{counted(len(small), 'class', 'classes')} with fewer than {TINY} training examples",
            first(f"{name}: {counted(size, 'example')}" for name, size in _smallest(small)),
            "add examples of them, join them to another class, or name only the others in data.classes",
        )


def _unequal(sizes: Mapping[str, int]) -> Iterator[Finding]:
    """Among classes that are not tiny, which has a finding of its own."""
    known = _smallest({name: size for name, size in sizes.items() if size >= TINY})
    if len(known) < 2 or known[-1][1] < UNEQUAL * known[0][1]:
        return
    largest = known[-1]
    small = [one for one in known if one[1] * UNEQUAL <= largest[1]]
    yield Finding(
        "unequal-classes",
        "note",
        len(small),
        f"{counted(len(small), 'class', 'classes')} with at most a tenth of the {largest[1]:,} training examples of "
        f"{largest[0]!r}",
        first(f"{name}: {counted(size, 'example')}" for name, size in small),
        "judge by a figure that counts classes equally (training.metric: f1_macro), not by accuracy",
    )


def _smallest(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(sizes.items(), key=lambda one: one[1])


def _absent(role: str, train: Mapping[str, int], sizes: Mapping[str, int]) -> Iterator[Finding]:
    if names := [name for name, size in train.items() if size and not sizes.get(name)]:
        yield Finding(
            "class-not-in-split",
            "note",
            len(names),
            f"{counted(len(names), 'class', 'classes')} without any example in {role}",
            first(names),
            f"add examples of them to {role}: no figure of it says anything about them",
        )
