"""Whether labels look like several labels in one cell, by the labels that stand alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

MARKS = ("|", ";", ",", "#", "/", "+", "&")
_FEWEST = 2  # parts that are labels of their own: one alone may be chance, as in "Paris" and "Paris, France"
_STRANGE = 0.2  # share of the parts that may occur once, and never alone


def separator_of(labels: Iterable[str]) -> str | None:
    """The mark that separates several labels; None where the parts of labels are hardly ever labels, too."""
    known = set(labels)
    if are_bracketed(known):
        known = {label[1:-1].strip() for label in known}
    return next((mark for mark in MARKS if _separates(mark, known)), None)


def are_bracketed(labels: Collection[str]) -> bool:
    """Whether all labels stand in brackets, as arrays of databases do: {a,b}, or lists without quotes: [a, b]."""
    marks = {label[:1] + label[-1:] for label in labels if label}
    return len(marks) == 1 and not marks.isdisjoint({"[]", "{}"})


def _separates(mark: str, labels: set[str]) -> bool:
    parts = Counter(
        part
        for label in labels
        if mark in label
        for part in {one.strip() for one in label.split(mark)}
        if part
    )
    alone = labels & parts.keys()
    strange = sum(count == 1 and part not in alone for part, count in parts.items())
    return len(alone) >= _FEWEST and strange <= _STRANGE * len(parts)
