"""The examples of an experiment. Columns, labels and files are all checked here, before a model is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, Split, Target
from ftcli.contracts.target_kinds import KINDS, wanted_kind
from ftcli.data.locate import Locator
from ftcli.data.splitting.builder import Builder
from ftcli.data.splitting.classes import check_seen, in_known_form, restricted
from ftcli.data.splitting.reader import SplitReader
from ftcli.data.splitting.selection import Asked, usable
from ftcli.data.splitting.speakers import check_speakers
from ftcli.data.targets.columns import Categories, Structures
from ftcli.data.targets.reading import Learned
from ftcli.data.unused_keys import check_keys
from ftcli.errors import DataError


@dataclass(frozen=True, slots=True)
class Splits:
    """What an experiment learns from, chooses by and is judged on; `notes` are sentences for the user.

    `val_fraction` is what was carved out for validation where the user named no validation split. `skipped` is what is
    wrong with each example that was left out as `data.bad_files` or `data.missing_labels` asks, and `unlabelled` the
    part of it that the latter asks for. `settled` has keys of `data` that follow from the training examples, and that a
    run has to know: columns of texts that belong together, and whether these are chats. `decided` are the values of
    other keys of `data` that follow from them, and why. `absent` are classes that are named, and that no training
    example has.
    """

    train: Split
    val: Split | None
    test: Split | None
    target: Target
    notes: tuple[str, ...]
    val_fraction: float | None = None
    skipped: tuple[str, ...] = ()
    settled: Mapping[str, Any] = field(default_factory=dict)
    decided: Mapping[str, tuple[Any, str]] = field(default_factory=dict)
    unlabelled: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


def open_splits(data: Data, *, inputs: Inputs, wants: str, seed: int, places: Mapping[str, str]) -> Splits:
    """Find, check and label every example of an experiment.

    Raises `DataError` for data that cannot be used, `ConfigError` for keys that would be ignored.
    """
    where, kind = Places(places).under("data", DataError), wanted_kind(wants)
    openers, notes = Locator(data, where, inputs, kind).splits()
    check_keys(data, list(openers.values()), inputs, kind, where)
    builder = Builder(data, inputs, kind, seed, where, list(notes))
    splits = builder.build(openers)
    target = builder.target(splits)
    return Splits(
        splits["train"],
        splits.get("val"),
        splits.get("test"),
        target,
        tuple(builder.notes),
        builder.holdout.val_fraction,
        tuple(builder.skipped),
        builder.settled(),
        builder.learned.keys if builder.learned is not None else {},
        tuple(builder.unlabelled),
        builder.checks.absent,
    )


def open_split(
    data: Data,
    path_or_name: str,
    *,
    inputs: Inputs,
    wants: str,
    target: Target,
    places: Mapping[str, str],
) -> Asked:
    """Another labelled split for a model that has learned `target`: a path, a split's name, or a data set.

    Column roles, class names and the choice of classes are those of `data`. Raises `DataError`, also for a
    label that the model does not know.
    """
    where, kind = Places(places).under("data", DataError), replace(KINDS[target.kind], turns_to=None)
    opener = Locator(data, where, inputs, wanted_kind(wants)).evaluated(path_or_name, "--data")
    reader = SplitReader(data, inputs, where)
    roles, _ = reader.roles(opener, kind, named=False)
    learned = Learned(dict(zip(target.values, target.classes, strict=False)))
    split = usable(reader.open(opener, roles, kind, learned=learned), data)
    if isinstance(split.labels, Categories):
        split = replace(split, labels=in_known_form(split.labels, target.classes)[0])
    labels = split.labels
    if isinstance(labels, Categories | Structures):
        if data.classes is not None:
            split, labels = _restricted(split, labels, target.classes)
        check_seen(labels, target.classes, split.rows, split.indices, "evaluated")
    if not len(split):
        raise DataError(f"{opener.name}: no examples to evaluate")
    check_speakers(split, target.classes, "evaluated")
    if Path(opener.name) != Path(path_or_name):
        split = replace(split, notes=(f"{opener.name} is scored", *split.notes))
    return split


def _restricted(
    split: Asked, labels: Categories | Structures, classes: tuple[str, ...]
) -> tuple[Asked, Categories | Structures]:
    """The examples of the classes that were learned, with a note on how many those are; and their labels."""
    kept, positions = restricted(labels, classes)
    note = (
        f"{split.rows.name}: {len(kept):,} of {len(labels):,} examples have one of the {len(classes)} classes"
    )
    part = replace(split, indices=split.indices[positions], labels=kept, notes=(*split.notes, note))
    return part, kept
