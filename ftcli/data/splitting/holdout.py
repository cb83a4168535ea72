"""Validation and test examples taken from the training split, and fewer training examples of each class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.data.sampling import at_most, guarded, stratified
from ftcli.data.splitting.class_checks import SPLIT_WORDS
from ftcli.data.splitting.selection import Selection
from ftcli.data.targets.columns import Categories


class HoldOut:
    """Takes examples out of the training split, by the seed; `notes` says how many."""

    def __init__(self, data: Data, seed: int, where: Places, notes: list[str]) -> None:
        self.data, self.seed, self.where, self.notes = data, seed, where, notes
        self.val_fraction: float | None = None  # chosen here, where the user named no validation split

    def carve(self, splits: dict[str, Selection]) -> None:
        """Take validation and test examples, where fractions ask for it. Raises `DataError` for wrong fractions."""
        fractions = {role: self._fraction(role, splits) for role in ("test", "val")}
        if sum(fractions.values()) >= 1:
            words = f"val and test together take {sum(fractions.values()):g} of the training split"
            raise self.where.error("val", words)
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
                words = f"is {value:g}: a fraction of the training split is from 0 to below 1"
                raise self.where.error(role, words)
            return float(value)
        if role == "val" and role not in splits:
            return 0.2 if len(splits["train"]) < 2000 else 0.1
        return 0.0

    def _carve(self, splits: dict[str, Selection], role: str, fraction: float, whole: int) -> None:
        train = splits["train"]
        taken = self._taken(train, fraction, role)
        if not taken.any():
            words = f"no examples can be spared from {train.rows.name} for the {SPLIT_WORDS[role]} split"
            if getattr(self.data, role) is not None:
                raise self.where.error(role, words)
            self.notes.append(words)
            return
        splits[role], splits["train"] = train.take(np.flatnonzero(taken)), train.take(np.flatnonzero(~taken))
        of_each = isinstance(train.labels, Categories) and not train.labels.kind.many
        how = "taken from each class" if of_each else "taken"
        note = f"{role}: {taken.sum():,} of {whole:,} examples of {train.rows.name}, {how} by the seed {self.seed}"
        self.notes.append(note)

    def _taken(self, train: Selection, fraction: float, role: str) -> NDArray[np.bool_]:
        labels = train.labels
        if isinstance(labels, Categories) and labels.kind.many:
            return guarded(train.ids(), labels.codes, labels.sets(), fraction, seed=self.seed, salt=role)
        codes = labels.codes if isinstance(labels, Categories) else np.zeros(len(labels), dtype=np.int32)
        return stratified(train.ids(), codes, fraction, seed=self.seed, salt=role)

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
