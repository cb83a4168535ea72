"""What suits the machine: as many threads as it has cores for us, and convolutions in the layout that it likes."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

import torch
from torch import nn

CGROUP = Path("/sys/fs/cgroup")
LAID_OUT = ("cpu", "cuda")  # devices whose convolutions are faster with channels last


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


def use_cores() -> None:
    """One thread for each available core, and one process for each to compile, unless the environment says how many."""
    cores = available_cores()
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", str(cores))  # read when the compiler is imported
    said = {"OMP_NUM_THREADS", "MKL_NUM_THREADS"} & set(os.environ)
    if not said and torch.get_num_threads() > cores:
        torch.set_num_threads(cores)


def channels_last(model: nn.Module) -> nn.Module:
    """`model` itself, the weights of its 2-d convolutions laid out with channels last; values and names stay.

    Convolutions on CPUs and CUDA then run without reordering their inputs. Apple's GPU gains nothing from it.
    """
    for part in model.modules():
        if isinstance(part, nn.Conv2d) and part.weight.device.type in LAID_OUT:
            part.to(memory_format=torch.channels_last)
    return model
