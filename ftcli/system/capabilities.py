"""What another operating system than Linux may not have, and what that means for a run: one sentence each."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from ftcli.errors import listing
from ftcli.system import durable
from ftcli.system.lock import has_locks

# Windows has neither.
_SIGNALS = {
    "SIGHUP": "a closed terminal ends a run at its last checkpoint",
    "SIGUSR1": "none asks it to save",
}


def lacking() -> Iterator[str]:
    """A sentence for each thing that this system does not have and a run can do without."""
    if not has_locks():
        yield "this system has no record locks: nothing stops a second process from writing to the same run"
    missing = [name for name in _SIGNALS if not hasattr(signal, name)]
    if missing:
        means = "; ".join(_SIGNALS[name] for name in missing)
        yield f"this system has no signal {listing(missing)}: {means}"
    if not durable.FLUSHES_FOLDERS:
        yield "this system flushes no folders: a power failure may lose the newest checkpoint"
