"""export.json: what was exported. What has another type than expected is left out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.report.checked import items, words
from ftcli.report.files import read_json
from ftcli.system.bounded import UnreadableError

NAME = "export.json"
LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder of an export.

    `by_transformers` is whether transformers loads it, by `pipeline` where it has one that works by itself: without
    code of the folder. `mask` is the token of a gap, of a tokenizer that has one. `checkpoint` is the one that was
    exported.
    """

    format: str = ""
    checkpoint: str = ""
    by_transformers: bool = False
    pipeline: str = ""
    mask: str = ""


def read_exported(folder: Path) -> Exported:
    """What a folder holds; its name is the format where export.json does not say it."""
    document = _object(folder / NAME)
    notes = [note for note in items(document.get("notes")) if isinstance(note, str)]
    pipeline = words(_object(folder / "settings.json").get("pipeline")) or ""
    # A note says why it does not work.
    by_itself = not any(note.startswith("pipeline(") for note in notes)
    own_code = "auto_map" in _object(folder / "config.json")
    return Exported(
        words(document.get("format")) or folder.name,
        words(document.get("checkpoint")) or "",
        (folder / "config.json").is_file(),
        pipeline if by_itself and not own_code else "",
        words(_object(folder / "tokenizer_config.json").get("mask_token")) or "",
    )


def _object(path: Path) -> dict[str, Any]:
    with suppress(OSError, UnreadableError):
        return read_json(path, LARGEST)
    return {}
