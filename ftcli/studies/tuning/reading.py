"""Files of a study that a process, a disk or a person may have damaged; what is found again is as good as none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ftcli.errors import RunError
from ftcli.system import durable
from ftcli.system.bounded import read_json

_LARGEST = 1 << 26
# What tune.json has for certain.
_SHOWN = {
    "metric", "lower_is_better", "reason", "differences", "tuned", "run", "test", "importance", "steps", "seconds",
    "trials",
}  # fmt: skip


def text(path: Path) -> str:
    """The text of a file. Raises `RunError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path}: cannot be read: {error}") from error


def heads(path: Path) -> dict[str, Any]:
    """heads.json; nothing where there is none, it is damaged, or no head was tried."""
    try:
        known = dict(read_json(path, _LARGEST))
        points = [dict(one["point"]) for one in known["tried"]]
    except durable.UNREADABLE:
        return {}
    return known if points else {}


def result(path: Path) -> dict[str, Any] | None:
    """tune.json of a study that is finished; None for another one, and where it is damaged."""
    try:
        known: dict[str, Any] = dict(read_json(path, _LARGEST))
    except durable.UNREADABLE:
        return None
    return known if known.get("finished") and known.keys() >= _SHOWN else None


def seconds(path: Path) -> float:
    """The seconds in spent.json; 0 where there is none, or it is damaged."""
    try:
        found = float(read_json(path, _LARGEST)["seconds"])
    except durable.UNREADABLE:
        return 0.0
    return found if found > 0 else 0.0
