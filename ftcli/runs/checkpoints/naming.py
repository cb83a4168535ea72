"""Names of checkpoints, and their order."""

from __future__ import annotations

import re
from pathlib import Path

# The average of the best epochs, in the place of the best.
AVERAGED = "averaged"
_NAME = re.compile(r"epoch-(?P<epoch>\d{4,})(-step-(?P<step>\d{8,}))?")


def name(epoch: int, step: int | None = None) -> str:
    """The folder name of the checkpoint after `epoch` epochs, or after `step` steps, within the epoch behind those."""
    return f"epoch-{epoch:04d}" + ("" if step is None else f"-step-{step:08d}")


def is_name(text: str) -> bool:
    """Whether a folder of this name is a checkpoint."""
    return _NAME.fullmatch(text) is not None


def place(folder: Path) -> tuple[int, int]:
    """What sorts checkpoints: finished epochs, and steps for one within an epoch, else 0."""
    match = _NAME.fullmatch(folder.name)
    assert match is not None
    return int(match["epoch"]), int(match["step"] or 0)


def found(folder: Path) -> list[Path]:
    """The checkpoints in `folder` (a run's `checkpoints`), oldest first, whole or damaged."""
    return sorted((one for one in folder.glob("epoch-*") if is_name(one.name)), key=place)
