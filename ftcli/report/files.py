"""Files of a run that anybody may have written: none is followed elsewhere, and none larger than its limit is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ftcli.system.bounded import UnreadableError, read_bytes
from ftcli.system.durable import UNREADABLE


def read_text(path: Path, limit: int) -> str:
    """A text; what is not UTF-8 becomes escapes. Raises as `opened`."""
    return read_bytes(path, limit).decode("utf-8", errors="backslashreplace")


def read_json(path: Path, limit: int) -> dict[str, Any]:
    """A JSON object. Raises as `opened`."""
    content = read_bytes(path, limit)
    try:
        document = json.loads(content)
    except UNREADABLE as error:
        raise UnreadableError(f"{path.name}: damaged, not JSON ({error})") from error
    if not isinstance(document, dict):
        raise UnreadableError(f"{path.name}: not a JSON object")
    return document
