"""What suits the machine: as many threads as it has cores for us, memory that stays, convolutions as it likes them."""

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
LAID_OUT = ("cpu", "cuda")  # devices whose convolutions are faster with channels last
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of glibc's malloc.h
USERS_OWN = ("GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_MMAP_THRESHOLD_")

Module = TypeVar("Module", bound=nn.Module)


def available_cores(cgroup: Path = CGROUP) -> int:
    """The cores that this process may use: the machine's, less what affinity and a container's quota take away."""
    machine = os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else machine
    return max(1, math.floor(min(machine, allowed, _quota(cgroup))))


def _quota(cgroup: Path) -> float:
    """Cores by the quota of a control group, version 2 or 1; infinite without one."""
    with suppress(OSError, ValueError):
        quota, period = (cgroup / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = ((cgroup / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return int(quota) / int(period) if int(quota) > 0 else math.inf
    return math.inf


def suit(device: torch.device) -> None:
    """Set this process up for work on `device`; call it before the first tensor of any size is made."""
    use_cores()
    if device.type == "cpu":
        keep_memory()


def keep_memory() -> bool:
    """Let freed memory stay with the process, for the next step to take as it is; whether glibc was told so.

    glibc gives large blocks back to the system at once, so each step gets its activations anew, zeroed page by page: a
    quarter of the time of ResNet-50's steps on 2 cores (measured). The price is a peak that is up to a quarter higher,
    because blocks of all sizes share one heap. See mallopt(3). What the environment says about malloc stands.
    """
    if sys.platform != "linux" or any(name in os.environ for name in USERS_OWN):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # a C library other than glibc
        return False
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, -1))


def use_cores() -> None:
    """One thread for each available core, and one process for each to compile, unless the environment says how many."""
    cores = available_cores()
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", str(cores))  # read when the compiler is imported
    said = {"OMP_NUM_THREADS", "MKL_NUM_THREADS"} & set(os.environ)
    if not said and torch.get_num_threads() > cores:
        torch.set_num_threads(cores)


def channels_last(model: Module) -> Module:
    """`model` itself, the weights of its 2-d convolutions laid out with channels last; values and names stay.

    Convolutions on CPUs and CUDA then run without reordering their inputs. Apple's GPU gains nothing from it.
    """
    for part in model.modules():
        if isinstance(part, nn.Conv2d) and part.weight.device.type in LAID_OUT:
            part.to(memory_format=torch.channels_last)
    return model
