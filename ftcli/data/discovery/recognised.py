"""What was recognised of a path, and the data as it opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ftcli.config.schema import Data
from ftcli.contracts import Modality, TargetKind
from ftcli.data.splits import Splits, open_splits
from ftcli.errors import DataError


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised: `data` is the mapping to write, and opening it gave the counts."""

    modality: Modality
    kind: TargetKind
    data: Mapping[str, Any]
    sizes: Mapping[str, int] = field(default_factory=dict)  # examples in train, val, test
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()  # what to look at before training; opening it says so again
    guesses: tuple[str, ...] = ()  # what was decided without being sure
    chinese: bool = False  # whether the texts are
    task: str | None = None  # where modality and kind leave a choice


def opened(modality: Modality, kind: TargetKind, data: dict[str, Any]) -> Recognised:
    """Open what was recognised. A mistake in the data is a warning: the configuration is still the right one."""
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items()
    }
    options: dict[str, Any] = {"inputs": (modality,), "wants": kind.wanted, "seed": 0, "places": {}}
    mistakes: tuple[str, ...] = ()
    try:
        splits = open_splits(Data(**given), **options)
    except DataError as error:
        mistakes = (str(error),)
        if not modality.in_files or "label" in data:
            return Recognised(modality, kind, data, warnings=mistakes)
        if kind.dense:
            raise
        # What is not a folder of class folders is refused without its broken files, too.
        splits = _without_broken(Data(**given), options, error)
    parts = {"train": splits.train, "val": splits.val, "test": splits.test}
    sizes = {name: len(part) for name, part in parts.items() if part is not None}
    decided = {key: value for key, (value, _) in splits.decided.items()}
    return Recognised(modality, kind, data | decided, sizes, splits.target.classes, mistakes or splits.notes)


def _without_broken(data: Data, options: Mapping[str, Any], error: DataError) -> Splits:
    """The splits without files that are broken. Raises `error` where those are not what is wrong."""
    try:
        return open_splits(replace(data, bad_files="skip"), **options)
    except DataError:
        raise error from None
