"""Runs a command and watches its time and memory, its children's included."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAUSE = 0.1  # seconds between two looks: cheap beside any contestant


@dataclass(frozen=True, slots=True)
class Watched:
    """How a command ended. Peaks in bytes, of the process and its children together; None where there is no /proc.

    Pages that forked children share with their parent are counted once for each.
    """

    status: int
    seconds: float
    resident: int | None
    anonymous: int | None


def watch(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> Watched:
    """Run `command`, everything it prints into `log`."""
    resident = anonymous = 0
    with log.open("wb") as file:
        begin = time.perf_counter()
        with subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, env=dict(environment)
        ) as process:
            try:
                while process.poll() is None:
                    now = [memory(pid) for pid in family(process.pid)]
                    resident = max([resident, sum(rss for rss, _ in now)])
                    anonymous = max([anonymous, sum(anon for _, anon in now)])
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(PAUSE)
                seconds = time.perf_counter() - begin
            except BaseException:
                process.kill()
                raise
    return Watched(process.returncode, seconds, resident or None, anonymous or None)


def family(pid: int) -> list[int]:
    """A process, its children, theirs, and so on."""
    found = [pid]
    for parent in found:  # grows while it is walked
        with suppress(OSError):
            for thread in (PROC / str(parent) / "task").iterdir():
                with suppress(OSError):
                    found += map(int, (thread / "children").read_text().split())
    return found


def memory(pid: int) -> tuple[int, int]:
    """Resident and anonymous bytes of a process now; (0, 0) if it has ended."""
    with suppress(OSError):
        status = (PROC / str(pid) / "status").read_text()
        kilobytes = {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB$", status, re.M)}
        return kilobytes.get("VmRSS", 0) * 1024, kilobytes.get("RssAnon", 0) * 1024
    return 0, 0
