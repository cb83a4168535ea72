"""No key of `data` is read by nobody: one that the task or the source takes no notice of is a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Literal

from ftcli.config.schema import Data
from ftcli.contracts import Modality
from ftcli.data.places import Places
from ftcli.data.sources.base import NOUNS, Opener
from ftcli.errors import ConfigError, Mistake

_SHARED = frozenset({"source", "train", "val", "test", "batch_size", "workers"})
_CATEGORIES = frozenset(
    {"classes", "class_names", "per_class"}
)  # and label_separator, where there are columns
_ONLY: Mapping[Modality, frozenset[str]] = {
    "image": frozenset({"image", "augment", "image_size"}),
    "text": frozenset({"text", "text_pair", "max_length", "max_tokens"}),
    "audio": frozenset({"audio", "speaker", "max_seconds"}),
}
_ENCODING = frozenset(
    {"augment", "image_size", "max_length", "max_tokens", "max_seconds"}
)  # read by the task, whatever the source


def check_keys(
    data: Data,
    openers: Sequence[Opener],
    modality: Modality,
    wants: Literal["category", "number"],
    places: Places,
) -> None:
    """Raise `ConfigError` for each key that was set but would be ignored."""
    used = (
        frozenset().union(*(opener.reads(modality) for opener in openers)) | _SHARED | _CATEGORIES | _ENCODING
    )
    if wants == "number":
        used -= _CATEGORIES | {"label_separator"}
    used -= frozenset[str]().union(*_ONLY.values()) - _ONLY[modality]
    mistakes = [_mistake(key, openers, modality, wants, places) for key in _given(data) if key not in used]
    if data.per_class is not None and data.label_separator is not None and wants == "category":
        mistakes.append(
            places.mistake("per_class", "needs one label for each example, and label_separator means many")
        )
    if data.label_separator == "":
        mistakes.append(
            places.mistake("label_separator", "is empty: a character such as ',' or '|' is wanted")
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


def _mistake(key: str, openers: Sequence[Opener], modality: Modality, wants: str, places: Places) -> Mistake:
    for other, keys in _ONLY.items():
        if key in keys and other != modality:
            words = f"is for {NOUNS[other]}, and this task reads {NOUNS[modality]}: leave it out"
            return places.mistake(key, words)
    if wants == "number" and key in _CATEGORIES | {"label_separator"}:
        return places.mistake(key, "is for classes, and this task predicts a number: leave it out")
    source = f"{openers[0].name} ({openers[0].what})"
    return places.mistake(key, f"has no meaning for {source}: leave it out")
