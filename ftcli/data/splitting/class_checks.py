"""The classes of the training split, and what is wrong or odd with those of any split."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal

import numpy as np

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import TargetKind
from ftcli.data.cells.numerals import is_number
from ftcli.data.cells.scalars import NOTHING
from ftcli.data.cells.separators import separator_of
from ftcli.data.splitting.classes import check_seen, in_known_form, ordered
from ftcli.data.splitting.selection import Selection
from ftcli.data.splitting.speakers import check_speakers, speakers
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Categories, Labels, Numbers, Structures
from ftcli.errors import ConfigError, DataError, counted, listing

SPLIT_WORDS = {"train": "training", "val": "validation", "test": "test"}


class ClassChecks:
    """Learns the classes from the training split, and compares the other splits with them; `notes` gets remarks."""

    def __init__(self, data: Data, names: tuple[str, ...] | None, where: Places, notes: list[str]) -> None:
        self.data, self.names, self.where, self.notes = data, names, where, notes
        self.chosen = data.classes  # spelled out by the kind of target once labels were seen
        self.classes: tuple[str, ...] = ()
        self.absent: tuple[str, ...] = ()  # that are named, and that no training example has

    def choose(self, labels: Categories | Structures) -> None:
        """Take `data.classes` as classes of the training split. Raises `DataError` for one that it lacks."""
        targets = targets_of(labels.kind)
        present = targets.learnable(labels.counts())
        self.chosen = targets.chosen(self.data.classes or (), present)
        ordered(present, self.chosen, self.names, self.where)

    def learn(self, train: Selection) -> None:
        """The classes, from the training split. Raises `DataError` where there is nothing to learn."""
        labels = train.labels
        if isinstance(labels, Numbers):
            if len(labels) and np.ptp(labels.numbers) == 0:
                words = f"all {len(labels):,} labels are {labels[0]}: nothing to learn"
                raise DataError(f"{train.rows.name}: {words}")
        elif isinstance(labels, Categories | Structures):
            self._learn(train, labels)
        else:
            self.classes = tuple(speakers(train))

    def _learn(self, train: Selection, labels: Categories | Structures) -> None:
        kind, targets = labels.kind, targets_of(labels.kind)
        if kind.many and self.data.per_class is not None:
            words = "needs one label for each example, and here examples have many"
            raise ConfigError([self.where.mistake("per_class", words)])
        named = self.names if kind.named_values else None
        listed = tuple(dict.fromkeys(labels.known)) if isinstance(labels, Structures) else ()
        known = named or targets.learnable(labels.counts())
        self.classes = ordered(known, self.chosen, self.names or listed or None, self.where)
        if len(self.classes) < kind.least_classes:
            found = f"only one class, {self.classes[0]!r}" if self.classes else "no labels at all"
            raise DataError(f"{train.rows.name}: the training split has {found}: nothing to learn")
        self._remark_twins(train.rows.name)
        if isinstance(labels, Categories):
            self._remark(train, labels)
        elif not targets.adds_classes:
            self._check_found(train, labels, kind)
        self.notes += (f"{train.rows.name}: {words}" for words in targets.remarks(self.classes))

    def _check_found(self, train: Selection, labels: Structures, kind: TargetKind) -> None:
        """Something must be there to learn; classes that are only named are remarked."""
        counts, what = labels.counts(), f"{kind.counted}s"
        if not any(counts.values()):
            raise DataError(f"{train.rows.name}: the training split has no {what} at all: nothing to learn")
        if absent := [name for name in self.classes if not counts.get(name)]:
            self.absent = tuple(absent)
            words = f"no training {what} of {listing(absent, 5)}, which can't be learned"
            self.notes.append(f"{train.rows.name}: {words}")

    def _remark(self, train: Selection, labels: Categories) -> None:
        """Notes on labels that look wrong but may be right."""
        name = train.rows.name
        if not labels.kind.many and len(self.classes) > max(20, len(labels) // 2):
            many = f"{len(self.classes):,} different labels in {len(labels):,} examples"
            self.notes.append(f"{name}: {many}: is this the right column, or is it a number?")
        if () in labels.values and (bare := int(np.sum(labels.codes == labels.values.index(())))):
            words = "has no label; it counts" if bare == 1 else "have no label; they count"
            self.notes.append(f"{name}: {counted(bare, 'example')} {words} as none of the classes")
        if nothing := [f"{one!r} ({labels.counts()[one]:,})" for one in self.classes if one in NOTHING]:
            what = "is a class" if len(nothing) == 1 else "are classes"
            missing = "where that means a missing label, leave such cells empty (data.missing_labels)"
            self.notes.append(f"{name}: {listing(nothing)} {what}: {missing}")
        self._remark_separator(name, labels)
        columns = self.data.label if isinstance(self.data.label, tuple) else ()
        absent = [one for one in self.names or columns if one not in self.classes]
        if absent and self.data.classes is None:
            self.absent = tuple(absent)
            self.notes.append(f"{name}: no training example of {listing(absent, 5)}: no output for it")

    def _remark_twins(self, name: str) -> None:
        """Notes on classes that are one to a reader."""
        words = "and are different classes by"
        if twins := _twins(self.classes, lambda one: unicodedata.normalize("NFC", one).casefold()):
            how = "their capitals or by how characters are composed"
            self.notes.append(f"{name}: {listing(map(ascii, twins))} look alike, {words} {how}")
        if twins := _twins(filter(is_number, self.classes), Decimal):
            self.notes.append(
                f"{name}: {listing(map(ascii, twins))} look alike, {words} how numbers are written"
            )

    def _remark_separator(self, name: str, labels: Categories) -> None:
        """A note where one label looks like several."""
        counts = {} if labels.kind.many else labels.counts()
        if (mark := separator_of(counts)) is not None:
            count = sum(counts[one] for one in counts if mark in one)
            words = (
                f"{count:,} labels hold {mark}, and their parts are labels, too: if they are several labels"
            )
            self.notes.append(f'{name}: {words}, say data.label_separator: "{mark}"')

    def in_known_form(self, name: str, labels: Labels) -> Labels:
        """The labels with numbers as those of training are written, 1 for 1.0. `name` is that of their rows."""
        if not isinstance(labels, Categories):
            return labels
        labels, words = in_known_form(labels, self.classes)
        if words:
            self.notes.append(f"{name}: {words}")
        return labels

    def check(self, part: Selection, split: str) -> None:
        """Raise `DataError` for a split that is empty, or has classes or speakers that training lacks."""
        words = SPLIT_WORDS[split]
        if not len(part):
            raise DataError(f"{part.rows.name}: the {words} split is empty")
        if split == "train":
            return
        check_speakers(part, self.classes, words)
        if not isinstance(part.labels, Categories | Structures):
            return
        check_seen(part.labels, self.classes, part.rows, part.indices, words)
        counts = part.labels.counts()
        if absent := [name for name in self.classes if not counts.get(name)]:
            self.notes.append(f"{part.rows.name}: the {words} split has no example of {listing(absent, 5)}")


def _twins(names: Iterable[str], key: Callable[[str], object]) -> list[str]:
    """Names that are one to a reader, or to a file system without capitals: those that have the same `key`."""
    alike: dict[object, list[str]] = {}
    for name in names:
        alike.setdefault(key(name), []).append(name)
    return [name for group in alike.values() if len(group) > 1 for name in group]
