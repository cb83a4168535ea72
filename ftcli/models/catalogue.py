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
    gated: bool  # given only to who has agreed to its licence on the hub, and is logged in there
    file: (
        str | None
    )  # the weights that `imagenet` means, as torch's cache calls them; None for those of the hub


@cache
def _all() -> tuple[Entry, ...]:
    text = (files("ftcli") / "models" / "catalogue.json").read_text(encoding="utf-8")
    return tuple(Entry(**entry | {"forms": tuple(entry["forms"])}) for entry in json.loads(text))


def entries(pattern: str | None = None, modality: str | None = None, form: str | None = None) -> list[Entry]:
    """The known backbones whose name holds `pattern` (`*` and `?` work too), for what a task reads and wants."""
    return [
        entry
        for entry in _all()
        if matches(entry.name, pattern)
        and modality in (None, entry.modality)
        and (form is None or form in entry.forms)
    ]


def matches(name: str, pattern: str | None) -> bool:
    """Whether a name holds a pattern."""
    return fnmatchcase(name.lower(), f"*{(pattern or '').lower()}*")
