"""Folders of sounds without class folders, for `ftcli init`."""

from __future__ import annotations

from pathlib import Path

from ftcli.data.sources.folder import entries
from ftcli.media.formats import SOUND_FILES


def names_pattern(folder: Path) -> str | None:
    """How the names of sounds without class folders may tell the label: by parts of which one comes again and again."""
    folders, names = entries(folder)
    names = [name for name in names if SOUND_FILES.named(name)]
    endings = {Path(name).suffix for name in names}
    parts = [Path(name).stem.split("_") for name in names]
    width = len(parts[0]) if parts else 0
    if folders or width < 2 or len(endings) > 1 or any(len(row) != width for row in parts):
        return None
    values = [len(set(column)) for column in zip(*parts, strict=True)]
    label = next((place for place, many in enumerate(values) if 1 < many <= len(names) // 2), None)
    if label is None:
        return None
    fields = ("label" if place == label else f"part{place + 1}" for place in range(width))
    return "_".join(f"{{{field}}}" for field in fields) + endings.pop()
