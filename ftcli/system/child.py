"""Work that may get a process killed, in a child of this one."""

from __future__ import annotations

import errno
import os
import pickle
import select
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")

# A child that takes longer, such as one that waits for a lock which a thread held when it was forked, is ended.
SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class _Raised:
    """What work has raised, as its traceback."""

    words: str


def forked(work: Callable[[], Made], *, seconds: float = SECONDS) -> Made | None:
    """What `work` makes, in a fork of this process, whose memory it has and does not change; None if that was killed,
    or the system had no memory for it.

    What it makes has to be picklable. Whatever else it raises is a `RuntimeError` with the traceback. Elsewhere than
    on Linux it runs in this process.
    """
    if sys.platform != "linux":
        return work()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of any fork beside threads. Work takes no lock that a thread could hold.
        warnings.filterwarnings("ignore", message=".*use of fork", category=DeprecationWarning)
        child = os.fork()
    if child == 0:
        _work(work, reading, writing)
    os.close(writing)
    try:
        sent = _read(reading, seconds)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    made: Made | _Raised | None = pickle.loads(sent) if sent else None  # of a process of ours
    if isinstance(made, _Raised):
        raise RuntimeError(made.words)
    return made


def _work(work: Callable[[], object], reading: int, writing: int) -> None:
    """Send what the work makes, and end without what this process would do at its end."""
    try:
        os.close(reading)
        with suppress(OSError):  # where memory is short, this process is to go, and not its parent
            Path("/proc/self/oom_score_adj").write_text("1000")
        with open(writing, "wb") as pipe:
            pickle.dump(_made(work), pipe)
    finally:
        os._exit(0)


def _made(work: Callable[[], object]) -> object:
    try:
        return work()
    except MemoryError:
        return None
    except Exception as error:
        return (
            None
            if isinstance(error, OSError) and error.errno == errno.ENOMEM
            else _Raised(traceback.format_exc())
        )


def _read(reading: int, seconds: float) -> bytes:
    """All that the child sends; nothing if it sends no whole answer in time."""
    parts: list[bytes] = []
    while select.select([reading], [], [], seconds)[0]:
        part = os.read(reading, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return b""
