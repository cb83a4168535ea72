"""What `ftcli list-models` lists: read from a file, without importing torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Entry:
    """A backbone that is known by name. Any other Hugging Face id or folder works as well."""

    name: str  # what `model.backbone` takes
    source: str  # "torchvision" or "huggingface"
    modality: str  # "image", "text" or "audio"
    forms: tuple[str, ...]  # what of `contracts.Form` it can be used as
    parameters: int | None
    input_size: int | None  # pixels, or tokens
    accuracy: float | None  # as published, per cent
    measure: str | None  # of what
    megabytes: float | None  # of the file of weights


# What each task reads, and the form in which it wants its backbone.
TASKS = {
    "audio-classification": ("audio", "vector"),
    "image-classification": ("image", "vector"),
    "image-regression": ("image", "vector"),
    "object-detection": ("image", "detector"),
    "semantic-segmentation": ("image", "maps"),
    "speech-recognition": ("audio", "transcriber"),
    "speech-synthesis": ("text", "synthesizer"),
    "text-classification": ("text", "vector"),
    "text-regression": ("text", "vector"),
    "token-classification": ("text", "tokens"),
    "causal-language-modelling": ("text", "causal"),
    "masked-language-modelling": ("text", "masked"),
    "translation": ("text", "seq2seq"),
    "summarization": ("text", "seq2seq"),
}


@cache
def _all() -> tuple[Entry, ...]:
    text = (files("ftcli") / "models" / "catalogue.json").read_text(encoding="utf-8")
    return tuple(Entry(**entry | {"forms": tuple(entry["forms"])}) for entry in json.loads(text))


def entries(pattern: str | None, task: str | None) -> list[Entry]:
    """The known backbones whose name holds `pattern` (`*` and `?` work too), for `task`."""
    wanted = f"*{(pattern or '').lower()}*"
    return [entry for entry in _all() if fnmatchcase(entry.name.lower(), wanted) and _suits(entry, task)]


def _suits(entry: Entry, task: str | None) -> bool:
    if task is None:
        return True
    modality, form = TASKS[task]
    return entry.modality == modality and form in entry.forms
