"""The steps from splits as they are found to splits as they are used."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Target, TargetKind
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.conditions import Condition, conditions
from ftcli.data.sampling import at_most, guarded, stratified
from ftcli.data.sources.base import Opened, Opener, Rows, check_holds
from ftcli.data.sources.columns import Roles, Search, files_of
from ftcli.data.splitting.classes import check_seen, class_names, ordered, renamed, restricted
from ftcli.data.splitting.leaks import also_in
from ftcli.data.splitting.selection import Selection
from ftcli.data.splitting.speakers import check_speakers, named_texts, speakers
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Categories, InRows, Itself, Numbers, Structures, Unlabelled
from ftcli.data.targets.reading import Reading
from ftcli.errors import ConfigError, DataError, did_you_mean, listing, shortened
from ftcli.media.integrity import Broken, check_all

_WORDS = {"train": "training", "val": "validation", "test": "test"}


class Builder:
    """The steps of `open_splits`, which share the configuration and the notes."""

    def __init__(
        self, data: Data, inputs: Inputs, kind: TargetKind, seed: int, where: Places, notes: list[str]
    ) -> None:
        self.data, self.inputs, self.seed, self.where, self.notes = data, inputs, seed, where, notes
        many = data.label_separator is not None and kind.turns_to is not None
        self.kind = KINDS[kind.turns_to or kind.name] if many else kind
        self.targets = targets_of(self.kind)
        self.names = class_names(data, where)
        self.classes: tuple[str, ...] = ()
        self.val_fraction: float | None = None  # chosen here, where the user named no validation split
        self.roles = Roles()  # the columns of the training split
        self.twice: set[str] = set()  # splits that are the training split itself
        self.broken: list[Broken] = []
        self.skipped: list[str] = []

    def read(self, openers: Mapping[str, Opener]) -> dict[str, Selection]:
        """Look through every split, the training split first: it decides on columns, kind and classes."""
        splits: dict[str, Selection] = {}
        roles: Roles | None = None
        for split, opener in openers.items():
            roles = self._roles(opener, roles)
            if split == "train":
                self.roles = roles
                splits = self._training(opener, roles)
                self._learn(splits[split])
                for chosen in set(splits) - {split}:
                    self._check(splits[chosen], chosen)
            else:
                splits[split] = self._open(opener, roles)[0]
            if split != "train" and opener.name == openers["train"].name:
                self.notes.append(f"{opener.name}: the {_WORDS[split]} split is the training split itself")
                self.twice.add(splits[split].rows.name)
            self._check(splits[split], split)
        check_all(self.broken, ", or leave them out by data.bad_files: skip")
        return splits

    def _roles(self, opener: Opener, given: Roles | None) -> Roles:
        """The columns of one split: those of the training split, where both have columns."""
        columns = opener.columns()
        if columns is None:
            check_holds(opener, files_of(self.inputs, self.kind))
            if self.kind.said is not None:
                words = f"{opener.name} ({opener.what}) has no column for the text: a table is wanted"
                raise DataError(
                    f"{words}, or a folder with a data.pattern, which makes columns of file names"
                )
            return Roles()
        data = self.data
        if given is not None and given.used():
            data = replace(data, **asdict(given))
        roles, notes = Search(data, opener.name, columns, self.where).roles(self.inputs, self.kind)
        self.notes += notes
        return roles

    def _training(self, opener: Opener, roles: Roles) -> dict[str, Selection]:
        """The training split, without what conditions choose for the others; and those."""
        wanted = conditions(self.data)
        for role, condition in wanted.items():
            self._check_column(opener, role, condition)
        train, opened = self._open(opener, roles, tuple(wanted.values()))
        rows = {role: opened.chosen[condition][train.indices] for role, condition in wanted.items()}
        if "val" in rows and (both := int(np.sum(rows["val"] & rows.get("test", False)))):
            raise self.where.error("val", f"its condition and that of test both choose {both:,} examples")
        splits = {role: train.take(np.flatnonzero(chosen)) for role, chosen in rows.items()}
        for role, part in splits.items():
            words = f"{len(part):,} of {len(train):,} examples of {opener.name}, those with {wanted[role]}"
            self.notes.append(f"{role}: {words}")
        left = ~np.logical_or.reduce([np.zeros(len(train), np.bool_), *rows.values()])
        if not left.any():
            raise self.where.error(next(iter(rows)), f"nothing of {opener.name} is left to train on")
        return {"train": train.take(np.flatnonzero(left)), **splits}

    def _check_column(self, opener: Opener, role: str, condition: Condition) -> None:
        columns = opener.columns()
        if columns is None:
            words = f"{opener.name} ({opener.what}) has no columns for the condition {condition}"
            hint = ". The fields of a data.pattern are some" if opener.what.startswith("a folder") else ""
            raise self.where.error(role, words + hint)
        if condition.column not in columns:
            words = f"{opener.name} has no column {condition.column!r} for the condition {condition}."
            near = did_you_mean(condition.column, columns)
            raise self.where.error(role, f"{words}{near} It has: {shortened(columns)}")

    def _open(
        self, opener: Opener, roles: Roles, conditions: tuple[Condition, ...] = ()
    ) -> tuple[Selection, Opened]:
        named = (self.data.label_separator, roles.label or "label")
        reading = Reading(self.kind, *named, conditions, self.kind.labelled)
        opened = opener.open(roles, reading)
        self.notes += opened.notes
        labels, rows = opened.labels, opened.rows
        if self.kind.said is not None and self.names is not None:
            rows = named_texts(rows, self.kind.said, self.names, self.where)
        if isinstance(labels, Categories | Structures):
            self.kind = labels.kind  # a list in the first row makes it multi-label
            if self.names is not None:
                labels = renamed(labels, self.names, opened.rows, self.where)
            if self.data.classes is not None:
                return self._usable(self._restrict(opened.rows, labels), opened.broken), opened
        return self._usable(Selection(rows, np.arange(len(labels)), labels), opened.broken), opened

    def _usable(self, part: Selection, broken: Broken | None) -> Selection:
        """Without the broken files, if that was asked for; else they are kept until all splits were looked at."""
        if not broken:
            return part
        if self.data.bad_files == "fail" or not broken.usable():
            self.broken.append(broken)
            return part
        self.skipped += broken.found.values()
        first = listing(broken.found.values(), 3)
        words = f"{broken.words()} cannot be used and are left out (skipped.txt in the run has all): {first}"
        self.notes.append(words)
        return part.take(np.flatnonzero(~np.isin(part.indices, broken.rows())))

    def _restrict(self, rows: Rows, labels: Categories | Structures) -> Selection:
        if not self.classes:  # the training split: all its classes are still there to be named in a message
            self._check_choice(labels)
        classes = self.data.classes or ()
        kept_labels, kept = restricted(labels, classes)
        sizes, what = (len(kept), len(labels)), "examples"
        if isinstance(labels, Structures) and isinstance(kept_labels, Structures):
            totals = [self.targets.total(one.counts()) for one in (kept_labels, labels)]
            sizes, what = (totals[0], totals[1]), f"{self.kind.counted}s"
        words = f"{sizes[0]:,} of {sizes[1]:,} {what} have one of the {len(classes)} classes"
        self.notes.append(f"{rows.name}: {words}")
        return Selection(rows, kept, kept_labels)

    def _check_choice(self, labels: Categories | Structures) -> None:
        """Raise `DataError` for a chosen class that the training split lacks. Types of tags become their tags."""
        present = self.targets.learnable(labels.counts())
        self.data = replace(self.data, classes=self.targets.chosen(self.data.classes or (), present))
        ordered(present, self.data, self.names, self.where)

    def _learn(self, train: Selection) -> None:
        """The classes, from the training split."""
        labels = train.labels
        if isinstance(labels, Numbers):
            if len(labels) and np.ptp(labels.numbers) == 0:
                raise DataError(
                    f"{train.rows.name}: all {len(labels):,} labels are {labels[0]}: nothing to learn"
                )
            return
        if isinstance(labels, InRows | Itself | Unlabelled):
            self.classes = tuple(speakers(train))
            return
        if self.kind.many and self.data.per_class is not None:
            words = "needs one label for each example, and here examples have many"
            raise ConfigError([self.where.mistake("per_class", words)])
        named = self.names if self.kind.named_values else None
        known = named or self.targets.learnable(labels.counts())
        listed = tuple(dict.fromkeys(labels.known)) if isinstance(labels, Structures) else ()
        self.classes = ordered(known, self.data, self.names or listed or None, self.where)
        if len(self.classes) < self.kind.least_classes:
            found = f"only one class, {self.classes[0]!r}" if self.classes else "no labels at all"
            raise DataError(f"{train.rows.name}: the training split has {found}: nothing to learn")
        if isinstance(labels, Structures) and not self.targets.adds_classes:
            self._check_found(train, labels)
        if isinstance(labels, Categories):
            self._remark(train, labels)
        self.notes += (f"{train.rows.name}: {words}" for words in self.targets.remarks(self.classes))

    def _check_found(self, train: Selection, labels: Structures) -> None:
        """Something must be there to learn; classes that are only named are remarked."""
        counts, what = labels.counts(), f"{self.kind.counted}s"
        if not any(counts.values()):
            raise DataError(f"{train.rows.name}: the training split has no {what} at all: nothing to learn")
        if absent := [name for name in self.classes if not counts.get(name)]:
            self.notes.append(
                f"{train.rows.name}: no training {what} of {listing(absent, 5)}, which can't be learned"
            )

    def _remark(self, train: Selection, labels: Categories) -> None:
        """Notes on labels that look wrong but may be right."""
        if not self.kind.many and len(self.classes) > max(20, len(labels) // 2):
            many = f"{len(self.classes):,} different labels in {len(labels):,} examples"
            self.notes.append(f"{train.rows.name}: {many}: is this the right column, or is it a number?")
        if () in labels.values and (bare := int(np.sum(labels.codes == labels.values.index(())))):
            self.notes.append(
                f"{train.rows.name}: {bare:,} examples have no label; they count as none of the classes"
            )
        if twins := _twins(self.classes):
            words = (
                "look alike, and are different classes by their capitals or by how characters are composed"
            )
            self.notes.append(f"{train.rows.name}: {listing(map(ascii, twins))} {words}")
        absent = [name for name in self.names or () if name not in self.classes]
        if absent and self.data.classes is None:
            self.notes.append(
                f"{train.rows.name}: no training example of {listing(absent, 5)}: no output for it"
            )

    def _check(self, part: Selection, split: str) -> None:
        """A split is neither empty nor full of surprises."""
        if not len(part):
            raise DataError(f"{part.rows.name}: the {_WORDS[split]} split is empty")
        if split == "train":
            return
        check_speakers(part, self.classes, _WORDS[split])
        if not isinstance(part.labels, Categories | Structures):
            return
        check_seen(part.labels, self.classes, part.rows, part.indices, _WORDS[split])
        counts = part.labels.counts()
        if absent := [name for name in self.classes if not counts.get(name)]:
            self.notes.append(
                f"{part.rows.name}: the {_WORDS[split]} split has no example of {listing(absent, 5)}"
            )

    def carve(self, splits: dict[str, Selection]) -> None:
        """Take validation and test examples out of the training split, where fractions ask for it."""
        fractions = {role: self._fraction(role, splits) for role in ("test", "val")}
        if sum(fractions.values()) >= 1:
            raise self.where.error(
                "val", f"val and test together take {sum(fractions.values()):g} of the training split"
            )
        whole = len(splits["train"])
        left = 1.0
        for role, fraction in fractions.items():
            if fraction:
                self._carve(splits, role, fraction / left, whole)
                left -= fraction
        if self.data.val is None and fractions["val"] and "val" in splits:
            self.val_fraction = fractions["val"]

    def _fraction(self, role: str, splits: Mapping[str, Selection]) -> float:
        value = getattr(self.data, role)
        if isinstance(value, int | float):
            if not 0 <= value < 1:
                raise self.where.error(
                    role, f"is {value:g}: a fraction of the training split is from 0 to below 1"
                )
            return float(value)
        if role == "val" and role not in splits:
            return 0.2 if len(splits["train"]) < 2000 else 0.1
        return 0.0

    def _carve(self, splits: dict[str, Selection], role: str, fraction: float, whole: int) -> None:
        train = splits["train"]
        taken = self._taken(train, fraction, role)
        if not taken.any():
            words = f"no examples can be spared from {train.rows.name} for the {_WORDS[role]} split"
            if getattr(self.data, role) is not None:
                raise self.where.error(role, words)
            self.notes.append(words)
            return
        splits[role], splits["train"] = train.take(np.flatnonzero(taken)), train.take(np.flatnonzero(~taken))
        how = (
            "taken from each class"
            if isinstance(train.labels, Categories) and not self.kind.many
            else "taken"
        )
        note = f"{role}: {taken.sum():,} of {whole:,} examples of {train.rows.name}, {how} by the seed {self.seed}"
        self.notes.append(note)

    def _taken(self, train: Selection, fraction: float, role: str) -> NDArray[np.bool_]:
        labels = train.labels
        if isinstance(labels, Categories) and self.kind.many:
            return guarded(train.ids(), labels.codes, labels.sets(), fraction, seed=self.seed, salt=role)
        codes = labels.codes if isinstance(labels, Categories) else np.zeros(len(labels), dtype=np.int32)
        return stratified(train.ids(), codes, fraction, seed=self.seed, salt=role)

    def compare(self, splits: Mapping[str, Selection]) -> None:
        """Notes on examples of other splits that training has, too."""
        others = {
            role: part
            for role, part in splits.items()
            if role != "train" and part.rows.name not in self.twice
        }
        for role, found in also_in(splits["train"], others).items():
            if found:
                part = others[role]
                first = part.rows.place(int(part.indices[found[0]]))
                what = f"{len(found):,} of its {len(part):,} examples are in the training split, too"
                self.notes.append(f"{role}: {what}, by their content; the first is {first}")

    def limit(self, splits: dict[str, Selection]) -> None:
        """At most `data.per_class` training examples of each class."""
        train = splits["train"]
        if self.data.per_class is None or not isinstance(train.labels, Categories):
            return
        kept = at_most(train.ids(), train.labels.codes, self.data.per_class, seed=self.seed)
        splits["train"] = train.take(kept)
        self.notes.append(
            f"train: {len(kept):,} of {len(train):,} examples, at most {self.data.per_class} of each class, "
            f"by the seed {self.seed}"
        )

    def target(self, splits: Mapping[str, Selection]) -> Target:
        """What the labels are, with the counts of the final training split."""
        labels = splits["train"].labels
        size = len(labels)
        if isinstance(labels, InRows | Itself | Unlabelled):
            found = speakers(splits["train"])
            return Target(self.kind.name, tuple(found), tuple(found.values()), examples=size)
        if isinstance(labels, Numbers):
            numbers = labels.numbers
            return Target(self.kind.name, examples=size, mean=float(numbers.mean()), std=float(numbers.std()))
        counts = tuple(labels.counts().get(name, 0) for name in self.classes)
        return Target(self.kind.name, self.classes, counts, examples=size)


def _twins(names: Iterable[str]) -> list[str]:
    """Names that are one name to a reader, or to a file system without capitals."""
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    return [name for group in alike.values() if len(group) > 1 for name in group]
