"""Set up the process for the machine: threads, malloc, channels-last weights."""

from __future__ import annotations

import ctypes
import math
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

CGROUP = Path("/sys/fs/cgroup")
# Devices whose convolutions are faster with channels last.
LAID_OUT = ("cpu", "cuda")
# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
# Variables by which users set malloc up themselves.
USERS_OWN = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_")

Module = TypeVar("Module", bound=nn.Module)


def available_cores(cgroup: Path = CGROUP) -> int:
    """Cores that this process may use: the machine's, limited by affinity and by the quota of a container."""
    machine = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else machine
    return max(1, math.floor(min(machine, allowed, _quota(cgroup))))


def _quota(cgroup: Path) -> float:
    """Cores allowed by the control group (cgroup v2, then v1); infinite without a quota."""
    with suppress(OSError, ValueError):
        quota, period = (cgroup / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = ((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    return math.inf


def suit(device: torch.device) -> None:
    """Set this process up for `device`; call it before the first large tensor is made."""
    use_cores()
    if device.type == "cpu":
        keep_memory()


def keep_memory() -> bool:
    """Have glibc keep freed memory in the process for the next step; whether it does.

    By default glibc returns large blocks to the system at once, which zeroes them page by page for the activations of
    the next step: a quarter of the time of ResNet-50's steps on 2 cores (measured). The price is a peak up to a quarter
    higher, as blocks of all sizes share one heap. See mallopt(3). Settings of malloc in the environment stand.
    """
    if sys.platform != "linux" or any(name in os.environ for name in USERS_OWN):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    # Another C library than glibc.
    except (OSError, AttributeError):
        return False
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, -1))


def keep_memory_of_threads() -> bool:
    """Have threads that start from now on use the memory that `keep_memory` keeps; whether they do.

    Otherwise glibc gives each a heap of its own, in pieces of 64 MB that it returns to the system: batches of a
    MobileNet took 1.8 times as long in a thread as in the main one (measured).
    """
    return (
        keep_memory()
        and "MALLOC_ARENA_MAX" not in os.environ
        and bool(ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1))
    )


def use_cores() -> None:
    """Use a thread, and a process that compiles, for each available core, unless the environment says otherwise."""
    cores = available_cores()
    # Read when the compiler is imported.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", str(cores))
    chosen = {"OMP_NUM_THREADS", "MKL_NUM_THREADS"} & set(os.environ)
    if not chosen and torch.get_num_threads() > cores:
        torch.set_num_threads(cores)


def channels_last(model: Module) -> Module:
    """Lay the weights of 2-d convolutions out with channels last, in place; values and names stay. Returns `model`.

    Convolutions on CPUs and CUDA then need not reorder their inputs. Apple's GPU gains nothing from it.
    """
    for part in model.modules():
        if isinstance(part, nn.Conv2d) and part.weight.device.type in LAID_OUT:
            part.to(memory_format=torch.channels_last)
    return model
