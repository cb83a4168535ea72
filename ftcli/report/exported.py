"""export.json: what was exported. What has another type than expected is left out."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftcli.report.checked import words
from ftcli.report.files import read_json
from ftcli.system.bounded import UnreadableError

NAME = "export.json"
LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Exported:
    """The folder of an export. `by_transformers` is whether transformers loads it."""

    format: str = ""
    by_transformers: bool = False


def read_exported(folder: Path) -> Exported:
    """What a folder holds; its name is the format where export.json does not say it."""
    document: dict[str, Any] = {}
    with suppress(OSError, UnreadableError):
        document = read_json(folder / NAME, LARGEST)
    return Exported(words(document.get("format")) or folder.name, (folder / "config.json").is_file())
