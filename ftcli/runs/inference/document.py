"""Predictions as one JSON document, the same from the command line and from a server."""

from __future__ import annotations

import json
import math
from typing import Any


def document(checkpoint: str, examples: int, **found: Any) -> dict[str, Any]:
    """What predicted, how many examples there were, and their rows, or where these are."""
    return {"checkpoint": checkpoint, "examples": examples, **found}


def printable_json(value: Any, indent: int | None = None) -> str:
    """JSON for a terminal: characters that are not printable are escaped. It has no NaN and infinity: they are null."""
    written = json.dumps(_finite(value), indent=indent, ensure_ascii=False, allow_nan=False)
    if written.isprintable():
        return written
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in written)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
