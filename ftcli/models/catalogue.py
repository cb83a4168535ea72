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
    modality: str  # "image" or "text"
    parameters: int | None
    input_size: int | None  # pixels, or tokens
    accuracy: float | None  # published top-1 on ImageNet-1k, per cent
    megabytes: float | None  # of the file of weights


@cache
def _all() -> tuple[Entry, ...]:
    text = (files("ftcli") / "models" / "catalogue.json").read_text(encoding="utf-8")
    return tuple(Entry(**entry) for entry in json.loads(text))


def entries(pattern: str | None, task: str | None) -> list[Entry]:
    """The known backbones whose name holds `pattern` (`*` and `?` work too), for the inputs of `task`."""
    wanted = f"*{(pattern or '').lower()}*"
    modality = _modality(task)
    return [
        entry
        for entry in _all()
        if fnmatchcase(entry.name.lower(), wanted) and modality in (None, entry.modality)
    ]


def _modality(task: str | None) -> str | None:
    """`image` for `image-classification`; tasks are named after what they take."""
    return None if task is None else task.partition("-")[0]
