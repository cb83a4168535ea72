"""A key of `data` that the task or the source would ignore is a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import MISSING, fields

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Inputs, TargetKind
from ftcli.contracts.modalities import MODALITIES
from ftcli.contracts.target_kinds import KINDS
from ftcli.data.sources.base import Opener
from ftcli.data.sources.columns import files_of
from ftcli.errors import ConfigError, Mistake

_SHARED = frozenset({"source", "train", "val", "test", "split_seed", "batch_size", "workers"})
# Meant for the task, but not read by every source.
_BY_SOURCE = frozenset(
    {
        *("label", "label_separator", "mask", "ignore_index", "target", "documents", "audio", "speaker"),
        *("missing_labels", "sentence", "context"),
    }
)
_ENCODING = frozenset(
    {"augment", "image_size", "max_length", "max_tokens", "max_seconds", "bad_files"}
)  # read whatever the source


def check_keys(
    data: Data, openers: Sequence[Opener], inputs: Inputs, kind: TargetKind, places: Places
) -> None:
    """Raise `ConfigError` for each key that was set but would be ignored."""
    meant = (frozenset().union(*(one.keys for one in inputs)) | kind.keys) - kind.excludes
    known = frozenset().union(
        *(one.keys for one in MODALITIES.values()), *(one.keys for one in KINDS.values())
    )
    read = frozenset().union(*(opener.reads(files_of(inputs, kind)) for opener in openers))
    used = (read | _SHARED | _ENCODING | (kind.keys - _BY_SOURCE)) - (known - meant)
    mistakes = [_mistake(key, openers, inputs, kind, places) for key in _given(data) if key not in used]
    if data.per_class is not None and data.label_separator is not None and kind.turns_to is not None:
        mistakes.append(
            places.mistake("per_class", "needs one label for each example, and label_separator means many")
        )
    if isinstance(data.label, tuple) and data.label_separator is not None:
        mistakes.append(
            places.mistake("label_separator", "is for labels in one column, and label names several")
        )
    if data.label_separator == "":
        mistakes.append(
            places.mistake("label_separator", "is empty: a character such as ',' or '|' is wanted")
        )
    none = data.missing_labels == "empty" and "missing_labels" in used
    if none and not (kind.many or kind.turns_to or kind.dense):
        words = "empty is for examples that may have any number of classes"
        mistakes.append(
            places.mistake("missing_labels", f"{words}, and this task {kind.does}: fail or skip are wanted")
        )
    if mistakes:
        raise ConfigError(mistakes)


def _given(data: Data) -> list[str]:
    """The keys whose value is not the default."""
    return [
        entry.name
        for entry in fields(data)
        if entry.default is not MISSING and getattr(data, entry.name) != entry.default
    ]


def _mistake(
    key: str, openers: Sequence[Opener], inputs: Inputs, kind: TargetKind, places: Places
) -> Mistake:
    of_input = any(key in one.keys for one in inputs)
    for other in MODALITIES.values():
        if key in other.keys and other not in inputs:
            has = _joined([one.plural for one in inputs])
            return places.mistake(key, f"is for {other.plural}, and this task reads {has}: leave it out")
    if key in kind.excludes:
        return places.mistake(key, f"has no meaning here, as this task {kind.does}: leave it out")
    fitting = dict.fromkeys(one.plural for one in KINDS.values() if key in one.keys)
    if fitting and key not in kind.keys and not of_input:
        words = f"is for {_joined(list(fitting))}, and this task {kind.does}"
        return places.mistake(key, f"{words}: leave it out")
    source = f"{openers[0].name} ({openers[0].what})"
    return places.mistake(key, f"has no meaning for {source}: leave it out")


def _joined(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
