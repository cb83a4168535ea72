"""trackers.json: by what trackers know a run, wherever its folder is moved to."""

from __future__ import annotations

import json
import re
import secrets
import threading
from pathlib import Path
from typing import Any

from ftcli.report.files import read_json
from ftcli.system import durable
from ftcli.system.bounded import UnreadableError

NAME = "trackers.json"
_VERSION, _LARGEST = 1, 1 << 16
# Each tracker of a training has its thread.
_ONE_AT_A_TIME = threading.Lock()
_IDENTITY = re.compile(r"[0-9a-f]{16}")


def identity(run: Path) -> str:
    """The name of a run for trackers: written before anything is sent, so that what was sent is found again.

    A copy of a run whose original is still there gets a name of its own. Raises `OSError` where it cannot be written.
    """
    with _ONE_AT_A_TIME:
        here, found = str(run.resolve()), _read(run)
        kept = found.get("id")
        if isinstance(kept, str) and _IDENTITY.fullmatch(kept) and not _is_copy(found, here):
            if found.get("path") == here:
                return kept
        else:
            kept = secrets.token_hex(8)
        document = {"version": _VERSION, "id": kept, "path": here}
        durable.write_text(run / NAME, json.dumps(document, indent=2) + "\n")
        return kept


def _is_copy(found: dict[str, Any], here: str) -> bool:
    """Whether the folder where the run was named is another one and has it still."""
    there = found.get("path")
    return isinstance(there, str) and there != here and _read(Path(there)).get("id") == found["id"]


def _read(run: Path) -> dict[str, Any]:
    try:
        return read_json(run / NAME, _LARGEST)
    except (UnreadableError, OSError, ValueError):
        return {}
