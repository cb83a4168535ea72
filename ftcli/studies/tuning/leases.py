"""Who works at which trial, on one machine or on a disk that several share; without locks, which not every disk has.

A lease is a file `NUMBER.GENERATION`, which only one worker can create. Its holder touches it as long as it lives.
Where the holder is dead, the one who creates the next generation has it. Nobody overwrites or moves what is another's.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from ftcli.errors import RunError
from ftcli.system import durable
from ftcli.system.bounded import read_json

# Seconds between two touches, and after how many without one the holder on another machine is dead.
BEAT, SILENCE = 5.0, 60.0


def check_links(folder: Path) -> None:
    """Raise `RunError` for a disk without links, which leases and the lock of Optuna's journal are made of."""
    # Names of what is half written, as far as others are concerned.
    names = [folder / f"link.partial-{secrets.token_hex(8)}" for _ in range(3)]
    try:
        names[0].touch()
        os.link(names[0], names[1])
        os.symlink(names[0], names[2])
    except OSError as error:
        raise RunError(
            f"{folder}: the disk takes no links ({error.strerror}), by which the processes of a study keep out of each "
            "other's way. Choose a folder of another disk with --output"
        ) from error
    finally:
        for name in names:
            name.unlink(missing_ok=True)


class Leases:
    """The leases of one study."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        durable.make(folder)

    def held(self, name: str) -> bool:
        """Whether a worker that is alive holds it."""
        newest = self._newest(name)
        return newest is not None and self._alive(newest)

    @contextmanager
    def taken(self, name: str) -> Iterator[bool]:
        """Hold it within; whether it was to be had."""
        mine = self._take(name)
        if mine is None:
            yield False
            return
        over = Event()
        beating = Thread(target=_beat, args=(mine, over), name="lease", daemon=True)
        beating.start()
        try:
            yield True
        finally:
            over.set()
            beating.join()
            mine.unlink(missing_ok=True)

    def _take(self, name: str) -> Path | None:
        newest = self._newest(name)
        if newest is not None and self._alive(newest):
            return None
        mine = self._folder / f"{name}.{1 if newest is None else _generation(newest) + 1}"
        owner = {"process": os.getpid(), "host": socket.gethostname(), "started": _started(os.getpid())}
        # What is written appears under its name at once, and only if nobody has the name.
        partial = self._folder / f".{secrets.token_hex(8)}"
        partial.write_text(json.dumps(owner), encoding="utf-8")
        try:
            os.link(partial, mine)
        except FileExistsError:
            return None
        finally:
            partial.unlink()
        if newest is not None:
            newest.unlink(missing_ok=True)
        return mine

    def _newest(self, name: str) -> Path | None:
        found = (one for one in self._folder.glob(f"{name}.*") if one.suffix[1:].isdecimal())
        return max(found, key=_generation, default=None)

    def _alive(self, lease: Path) -> bool:
        try:
            beaten = lease.stat().st_mtime
            owner = read_json(lease, 1 << 12)
            if owner["host"] == socket.gethostname():
                return bool(_started(int(owner["process"])) == owner["started"])
        except FileNotFoundError:
            return False
        except durable.UNREADABLE:
            pass  # one that a loss of power has emptied is touched by nobody
        return self._now() - beaten < SILENCE

    def _now(self) -> float:
        """The time by the clock of the disk, which another machine's may not agree with."""
        clock = self._folder / f".{secrets.token_hex(8)}"
        try:
            clock.touch()
            return clock.stat().st_mtime
        finally:
            clock.unlink(missing_ok=True)


def _beat(lease: Path, over: Event) -> None:
    while not over.wait(BEAT):
        with suppress(OSError):
            os.utime(lease)


def _generation(lease: Path) -> int:
    return int(lease.suffix[1:])


def _started(process: int) -> str | None:
    """When a process of this machine started, by which a later one of the same number is known; None if it is gone."""
    try:
        # Behind the name, which may hold anything, the 20th field.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        pass
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return "unknown"
