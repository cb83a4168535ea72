"""How much memory is free for this process, and how much it takes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ftcli.system import memory

GB = 10**9


def test_physical_memory_is_known_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__, raising=False
    )
    assert memory.physical_memory() == 4_096_000
    monkeypatch.delattr(os, "sysconf")
    assert memory.physical_memory() is None


def machine(folder: Path, available_kb: int, groups: str) -> tuple[Path, Path]:
    (folder / "proc" / "self").mkdir(parents=True)
    (folder / "proc" / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {available_kb} kB\n")
    (folder / "proc" / "self" / "cgroup").write_text(groups)
    (folder / "cgroup").mkdir()
    return folder / "proc", folder / "cgroup"


def group(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name.replace("__", ".")).write_text(f"{content}\n")


def test_the_smallest_limit_of_the_control_groups_above_holds(tmp_path: Path) -> None:
    proc, cgroup = machine(tmp_path, 9 * 10**6, "0::/user/job\n")
    assert memory.free_memory(proc, cgroup) == 9216 * 10**6
    group(cgroup / "user", memory__max=5 * GB, memory__current=2 * GB, memory__stat=f"inactive_file {GB}")
    group(cgroup / "user" / "job", memory__max="max", memory__current=GB, memory__stat="inactive_file 0")
    assert memory.free_memory(proc, cgroup) == 4 * GB  # what is read of files can be dropped
    group(cgroup / "user" / "job", memory__max=2 * GB)
    assert memory.free_memory(proc, cgroup) == GB


def test_in_a_container_the_root_is_the_group_itself(tmp_path: Path) -> None:
    proc, cgroup = machine(tmp_path, 9 * 10**6, "4:cpu,memory:/docker/0123\n2:cpuset:/\n")
    group(
        cgroup / "memory", memory__limit_in_bytes=3 * GB, memory__usage_in_bytes=GB,
        memory__stat="total_inactive_file 0",
    )  # fmt: skip
    assert memory.free_memory(proc, cgroup) == 2 * GB
    group(cgroup / "memory", memory__limit_in_bytes=9223372036854771712)  # no limit
    assert memory.free_memory(proc, cgroup) == 9216 * 10**6


def test_full_is_nothing_and_unknown_is_none(tmp_path: Path) -> None:
    proc, cgroup = machine(tmp_path, 9 * 10**6, "0::/\n")
    group(cgroup, memory__max=GB, memory__current=2 * GB, memory__stat="inactive_file 0")
    assert memory.free_memory(proc, cgroup) == 0
    assert memory.free_memory(tmp_path / "none", tmp_path / "none") is None


def test_a_limit_on_the_address_space_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    proc, cgroup = machine(tmp_path, 9 * 10**6, "0::/\n")
    (proc / "self" / "status").write_text("VmSize:   1000 kB\n")
    limits = {resource.RLIMIT_AS: 3_024_000, resource.RLIMIT_DATA: resource.RLIM_INFINITY}
    monkeypatch.setattr(resource, "getrlimit", lambda which: (limits[which], resource.RLIM_INFINITY))
    assert memory.free_memory(proc, cgroup) == 2_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is forgotten by Linux alone")
def test_the_peak_is_that_since_it_was_forgotten() -> None:
    first = bytearray(b"x") * 200_000_000
    del first
    # A training before this in the same process has glibc keep what is freed.
    memory.give_back()
    if not memory.forget_peak():
        pytest.skip("this system does not forget")
    before = memory.anonymous_memory()
    second = bytearray(b"x") * 100_000_000
    assert memory.anonymous_peak() - before == pytest.approx(len(second), rel=0.1)
    assert memory.anonymous_memory() - before == pytest.approx(len(second), rel=0.1)
