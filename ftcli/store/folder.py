"""Where the store is, without torch, which everything else of this room imports."""

from __future__ import annotations

import os
from pathlib import Path


def default_folder() -> Path:
    """Return `$FTCLI_CACHE`, else `$XDG_CACHE_HOME/ftcli`, else `~/.cache/ftcli`."""
    if own := os.environ.get("FTCLI_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "ftcli"
