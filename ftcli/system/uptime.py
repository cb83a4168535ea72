"""How long the command has been running, imports included."""

from __future__ import annotations

import os
import time
from pathlib import Path

_IMPORTED = time.monotonic()


def seconds_since_start(stat: Path = Path("/proc/self/stat")) -> float:
    """Seconds since this process was created, or since this file was imported where the system does not say."""
    try:
        # The name may hold spaces; see proc_pid_stat(5).
        after_name = stat.read_text().rpartition(")")[2].split()
        started = int(after_name[19]) / os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return time.monotonic() - _IMPORTED
