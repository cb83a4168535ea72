"""The images and sounds that cells hold or name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftcli.media.audio import wav_bytes


def stored(cell: Any) -> Any:
    """What a cell says of a file: a path, or its bytes.

    Hugging Face stores {"bytes": ..., "path": ...}, and a sound also as {"array": ..., "sampling_rate": ...}.
    """
    if not isinstance(cell, Mapping):
        return cell
    if cell.get("array") is not None:
        return wav_bytes(cell["array"], int(cell["sampling_rate"]))
    return cell["bytes"] if cell.get("bytes") is not None else cell.get("path")


def file_of(cell: Any, root: Path) -> Path | bytes:
    """The path of a file, which is relative to `root`, or its bytes."""
    found = stored(cell)
    return found if isinstance(found, bytes) else root / found
