"""How much memory this machine has."""

from __future__ import annotations

import os


def physical_memory() -> int | None:
    """Bytes; None where the system does not say, as Windows does not in this way."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
