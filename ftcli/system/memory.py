"""How much memory this machine has, how much of it is free for this process, and how much the process takes."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

PROC, CGROUP = Path("/proc"), Path("/sys/fs/cgroup")
# What control groups of version 1 give for no limit is larger than any machine has.
UNLIMITED = 1 << 60


def physical_memory() -> int | None:
    """Bytes; None where the system does not say, as Windows does not in this way."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def free_memory(proc: Path = PROC, cgroup: Path = CGROUP) -> int | None:
    """The bytes that this process can still take: of the machine, of its control groups (v1, v2), and of its rlimits.

    None where nothing says. A process that takes more is killed, or gets no memory.
    """
    known = [_available(proc), *_of_groups(proc, cgroup), *_of_rlimits(proc)]
    found = [room for room in known if room is not None]
    return max(0, min(found)) if found else None


def anonymous_memory(proc: Path = PROC) -> int:
    """The bytes that this process takes and that no file backs; 0 where the system does not say."""
    return _status(proc).get("RssAnon", 0)


def forget_peak(proc: Path = PROC) -> bool:
    """Have `anonymous_peak` count from now on; whether the system can."""
    with suppress(OSError):
        (proc / "self" / "clear_refs").write_text("5")
        return True
    return False


def anonymous_peak(proc: Path = PROC) -> int:
    """The most bytes that `anonymous_memory` was since `forget_peak`.

    The system keeps the peak of all pages; those of files, which do not go, are taken off. Where it cannot forget, the
    peak is that of the whole process.
    """
    status = _status(proc)
    if "VmHWM" in status:
        of_files = status.get("RssFile", 0) + status.get("RssShmem", 0)
        return max(status["VmHWM"] - of_files, status.get("RssAnon", 0))
    return _peak_by_rusage()


def give_back() -> None:
    """Have glibc return what it holds and nobody uses, so that a peak is that of what follows."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _status(proc: Path) -> dict[str, int]:
    """The lines of /proc/self/status that are in kB, in bytes."""
    found: dict[str, int] = {}
    with suppress(OSError):
        for line in (proc / "self" / "status").read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if value.endswith(" kB"):
                found[name] = 1024 * int(value.split()[0])
    return found


def _available(proc: Path) -> int | None:
    with suppress(OSError, ValueError):
        for line in (proc / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def _of_groups(proc: Path, cgroup: Path) -> list[int]:
    """What is left in each control group that this process is in, up to the root that it sees."""
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        lines = []
    rooms = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = cgroup / "memory" if controllers else cgroup
        # In a container the path may be that outside of it, and the root here is the group itself.
        own = root / path.strip("/")
        folders = [own, *own.parents]
        rooms += [_room(one) for one in folders if one == root or root in one.parents]
    return [room for room in rooms if room is not None]


def _room(folder: Path) -> int | None:
    """The bytes left in a control group; None without a limit. What can be dropped of files' pages counts as free."""
    names = ("memory.max", "memory.current", "inactive_file")
    if not (folder / names[0]).exists():
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    with suppress(OSError, ValueError):
        limit = (folder / names[0]).read_text().strip()
        if limit == "max" or int(limit) >= UNLIMITED:
            return None
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        held = int((folder / names[1]).read_text()) - int(statistics.get(names[2], 0))
        return int(limit) - held
    return None


def _of_rlimits(proc: Path) -> list[int]:
    """What is left under the limits of address space and of data."""
    if sys.platform == "win32":
        return []
    import resource

    status = _status(proc)
    pairs = [(resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")]
    limits = [(resource.getrlimit(which)[0], status.get(name)) for which, name in pairs]
    return [limit - held for limit, held in limits if limit != resource.RLIM_INFINITY and held is not None]


def _peak_by_rusage() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak
