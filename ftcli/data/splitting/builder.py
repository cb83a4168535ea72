"""The steps from splits as they are found to splits as they are used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Target, TargetKind
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.conditions import Condition, conditions
from ftcli.data.formats.fields import is_field
from ftcli.data.sources.base import Opened, Opener, Rows, fields_of
from ftcli.data.sources.columns import Roles
from ftcli.data.splitting.class_checks import SPLIT_WORDS, ClassChecks
from ftcli.data.splitting.classes import restricted
from ftcli.data.splitting.holdout import HoldOut
from ftcli.data.splitting.reader import SplitReader
from ftcli.data.splitting.selection import Selection
from ftcli.data.splitting.speakers import speakers
from ftcli.data.targets.base import targets_of
from ftcli.data.targets.columns import Categories, Numbers, Structures
from ftcli.data.targets.reading import Learned
from ftcli.errors import DataError, did_you_mean, listing, shortened
from ftcli.media.broken_files import BrokenFiles, check_all


class Builder:
    """The steps of `open_splits`, which share the configuration and the notes."""

    def __init__(
        self, data: Data, inputs: Inputs, kind: TargetKind, seed: int, where: Places, notes: list[str]
    ) -> None:
        self.data, self.where, self.notes = data, where, notes
        separated = data.label_separator is not None or isinstance(data.label, tuple)
        many = separated and kind.turns_to is not None
        self.kind = KINDS[kind.turns_to or kind.name] if many else kind
        self.reader = SplitReader(data, inputs, where)
        self.checks = ClassChecks(data, self.reader.names, where, notes)
        self.holdout = HoldOut(data, seed, where, notes)
        self.roles = Roles()  # the columns of the training split
        self.learned: Learned | None = None  # from the training split, once it was read
        self.chats = False  # whether the training split has them
        self.skipped: list[str] = []
        self.unlabelled: list[str] = []  # those of them that have no label
        self._broken: list[BrokenFiles] = []

    def build(self, openers: Mapping[str, Opener]) -> dict[str, Selection]:
        """All splits as they are used. Raises `DataError` for what cannot be."""
        splits = self._read(openers)
        self.holdout.carve(splits)
        self.holdout.limit(splits)
        return splits

    def _read(self, openers: Mapping[str, Opener]) -> dict[str, Selection]:
        """Read every split once, the training split first: it decides on columns, kind and classes."""
        splits: dict[str, Selection] = {}
        roles: Roles | None = None
        for split, opener in openers.items():
            roles, notes = self.reader.roles(opener, self.kind, roles)
            self.notes += notes
            if split == "train":
                self.roles = roles
                splits = self._training(opener, roles)
                self._learn(splits[split])
                for chosen in set(splits) - {split}:
                    self.checks.check(splits[chosen], chosen)
            else:
                splits[split] = self._open(opener, roles)[0]
            if split != "train" and opener.name == openers["train"].name:
                words = f"the {SPLIT_WORDS[split]} split is the training split itself"
                self.notes.append(f"{opener.name}: {words}")
            self.checks.check(splits[split], split)
        self._check_files()
        return splits

    def _check_files(self) -> None:
        """Raise `DataError` for files of any split that cannot be used."""
        check_all(self._broken, ", or leave them out by data.bad_files: skip (eval: --bad-files skip)")

    def _learn(self, train: Selection) -> None:
        """The classes of the training split; where it has none, files that cannot be used may be why."""
        try:
            self.checks.learn(train)
        except DataError:
            self._check_files()
            raise

    def _training(self, opener: Opener, roles: Roles) -> dict[str, Selection]:
        """The training split, without what conditions choose for the others; and those."""
        wanted = conditions(self.data)
        for role, condition in wanted.items():
            self._check_column(opener, role, condition)
        train, opened = self._open(opener, roles, tuple(wanted.values()))
        self.chats = opened.chats
        self._check_chats(opener, roles)
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
        if condition.column not in columns and not is_field(condition.column, fields := fields_of(opener)):
            words = f"{opener.name} has no column {condition.column!r} for the condition {condition}."
            near = did_you_mean(condition.column, (*columns, *fields))
            raise self.where.error(role, f"{words}{near} It has: {shortened((*columns, *fields))}")

    def _open(
        self, opener: Opener, roles: Roles, conditions: tuple[Condition, ...] = ()
    ) -> tuple[Selection, Opened]:
        opened = self.reader.open(opener, roles, self.kind, conditions, self.learned)
        if self.learned is None:
            self.learned = opened.learned
        self.notes += opened.notes
        self.skipped += opened.skipped
        self.unlabelled += opened.skipped
        labels, rows = self.checks.in_known_form(opened.rows.name, opened.labels), opened.rows
        part = Selection(rows, np.arange(len(labels)), labels)
        if isinstance(labels, Categories | Structures):
            # A list in the first row makes it multi-label: in training, and in no other split after it.
            self.kind = replace(labels.kind, turns_to=None)
            if self.data.classes is not None:
                part = self._restrict(rows, labels)
        return self._usable(part, opened.broken), opened

    def _restrict(self, rows: Rows, labels: Categories | Structures) -> Selection:
        if not self.checks.classes:  # the training split: all its classes are still there for a message
            self.checks.choose(labels)
        classes = self.checks.chosen or ()
        kept_labels, kept = restricted(labels, classes)
        sizes, what = [len(kept), len(labels)], "examples"
        if isinstance(labels, Structures):
            total = targets_of(self.kind).total
            sizes, what = [total(one.counts()) for one in (kept_labels, labels)], f"{self.kind.counted}s"
        words = f"{sizes[0]:,} of {sizes[1]:,} {what} have one of the {len(classes)} classes"
        self.notes.append(f"{rows.name}: {words}")
        return Selection(rows, kept, kept_labels)

    def _usable(self, part: Selection, broken: BrokenFiles | None) -> Selection:
        """Without the broken files, if that was asked for; else they are kept until all splits were read."""
        if not broken:
            return part
        if self.data.bad_files == "fail" or not broken.usable():
            self._broken.append(broken)
            return part
        self.skipped += broken.found.values()
        first = listing(broken.found.values(), 3)
        words = f"{broken.words()} cannot be used and are left out (skipped.txt in the run has all): {first}"
        self.notes.append(words)
        return part.take(np.flatnonzero(~np.isin(part.indices, broken.rows())))

    def _check_chats(self, opener: Opener, roles: Roles) -> None:
        """Raise `DataError` where `data.chat` is not what the examples are."""
        answered = self.chats or roles.target is not None
        if self.data.chat is False and self.chats:
            raise self.where.error(
                "chat", f"{opener.name} has chats, which only a template can write: leave it out"
            )
        if self.data.chat and not answered:
            words = f"{opener.name} has texts without answers: name the column with the answers (data.target)"
            raise self.where.error("chat", words)

    def settled(self) -> dict[str, Any]:
        """The keys of `data` that follow from the training split."""
        return {**self.roles.joint(), **({"chat": True} if self.chats else {})}

    def target(self, splits: Mapping[str, Selection]) -> Target:
        """What the labels are, with the counts of the final training split."""
        labels = splits["train"].labels
        size = len(labels)
        if isinstance(labels, Numbers):
            numbers = labels.numbers
            return Target(self.kind.name, examples=size, mean=float(numbers.mean()), std=float(numbers.std()))
        if not isinstance(labels, Categories | Structures):
            found = speakers(splits["train"])
            return Target(self.kind.name, tuple(found), tuple(found.values()), examples=size)
        classes = self.checks.classes
        counts = tuple(labels.counts().get(name, 0) for name in classes)
        values: dict[str, Any] = {}
        if isinstance(labels, Structures):
            values = targets_of(self.kind).values(labels.items, classes, self.reader.names or ())
        return Target(self.kind.name, classes, counts, examples=size, **values)
