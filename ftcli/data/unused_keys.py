"""No key of `data` is read by nobody: one that the task or the source takes no notice of is a mistake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields

from ftcli.config.places import Places
from ftcli.config.schema import Data
from ftcli.contracts import Modality, Wants
from ftcli.data.sources.base import NOUNS, Opener
from ftcli.data.sources.columns import files_of
from ftcli.errors import ConfigError, Mistake

_SHARED = frozenset({"source", "train", "val", "test", "batch_size", "workers"})
# Keys that only some inputs or targets give a meaning. What is in no table, a source says that it reads.
_INPUTS: Mapping[Modality, frozenset[str]] = {
    "image": frozenset({"image", "augment", "image_size", "bad_files"}),
    "text": frozenset({"text", "text_pair", "max_length", "max_tokens"}),
    "audio": frozenset({"audio", "max_seconds", "bad_files"}),
}
_TARGETS: Mapping[str, frozenset[str]] = {
    "category": frozenset({"label", "label_separator", "classes", "class_names", "per_class"}),
    "number": frozenset({"label"}),
    "boxes": frozenset({"classes", "class_names"}),
    "mask": frozenset({"classes", "class_names", "mask", "ignore_index"}),
    "tags": frozenset({"label", "classes", "class_names"}),
    "text": frozenset({"target", "prefix"}),
    "transcript": frozenset({"target", "class_names"}),
    "tokens": frozenset({"target", "documents", "packing", "mask_probability"}),
    "speech": frozenset({"audio", "speaker", "class_names", "bad_files"}),
}
_NOT_FOR: Mapping[str, frozenset[str]] = {
    "tags": frozenset({"text_pair"}),
    "tokens": frozenset({"text_pair"}),
    "speech": frozenset({"text_pair", "max_length"}),
}  # inputs that a target rules out
_BY_SOURCE = frozenset(
    {"label", "label_separator", "mask", "ignore_index", "target", "documents", "audio", "speaker"}
)  # meant for the task, but not read by every source
_ENCODING = frozenset(
    {"augment", "image_size", "max_length", "max_tokens", "max_seconds", "bad_files"}
)  # read whatever the source


def check_keys(
    data: Data, openers: Sequence[Opener], modality: Modality, wants: Wants, places: Places
) -> None:
    """Raise `ConfigError` for each key that was set but would be ignored."""
    meant = (_INPUTS[modality] | _TARGETS[wants]) - _NOT_FOR.get(wants, frozenset())
    others = frozenset().union(*_INPUTS.values(), *_TARGETS.values()) - meant
    read = frozenset().union(*(opener.reads(files_of(modality, wants)) for opener in openers))
    used = (read | _SHARED | _ENCODING | (_TARGETS[wants] - _BY_SOURCE)) - others
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


def _mistake(
    key: str, openers: Sequence[Opener], modality: Modality, wants: Wants, places: Places
) -> Mistake:
    for other, keys in _INPUTS.items():
        if key in keys and other != modality:
            words = f"is for {NOUNS[other]}, and this task reads {NOUNS[modality]}: leave it out"
            return places.mistake(key, words)
    if key in _NOT_FOR.get(wants, ()):
        return places.mistake(key, f"has no meaning here, as this task {_PREDICTS[wants]}: leave it out")
    fitting = [target for target, keys in _TARGETS.items() if key in keys]
    if fitting and wants not in fitting and key not in _INPUTS[modality]:
        words = f"is for {_joined([_WORDS[one] for one in fitting])}, and this task {_PREDICTS[wants]}"
        return places.mistake(key, f"{words}: leave it out")
    source = f"{openers[0].name} ({openers[0].what})"
    return places.mistake(key, f"has no meaning for {source}: leave it out")


def _joined(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


_WORDS = {
    "category": "classes",
    "number": "numbers",
    "boxes": "boxes",
    "mask": "masks",
    "tags": "tags",
    "text": "texts to write",
    "transcript": "what is said",
    "tokens": "language modelling",
    "speech": "speech",
}
_PREDICTS = {
    "category": "predicts classes",
    "number": "predicts a number",
    "boxes": "finds boxes",
    "mask": "labels pixels",
    "tags": "labels words",
    "text": "writes a text",
    "transcript": "writes what is said",
    "tokens": "learns the texts themselves",
    "speech": "speaks texts",
}
