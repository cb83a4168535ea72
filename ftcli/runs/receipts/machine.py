"""What of a machine the bits of a result depend on, as a receipt has it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch

from ftcli import __version__
from ftcli.runs.resuming import numerics
from ftcli.runs.session import Session
from ftcli.system.environment import environment
from ftcli.system.processor import processor


def machine_of(session: Session) -> dict[str, Any]:
    """The processor, threads, device, precision and switches."""
    name, flags = processor()
    device = session.precision.device
    return {
        "cpu": name,
        "flags": list(flags),
        **numerics(session),
        "device_name": torch.cuda.get_device_name(device) if device.type == "cuda" else name,
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn_deterministic": torch.backends.cudnn.deterministic,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "float32_matmul": torch.get_float32_matmul_precision(),
        "cublas_workspace": os.environ.get("CUBLAS_WORKSPACE_CONFIG"),
    }


def packages() -> dict[str, str]:
    """The versions of Python, and of the packages that compute."""
    here = environment()
    return {"ftcli": __version__, "python": here["python"], **here["packages"]}


def code_sha256() -> str:
    """The hash of all the code of this package: names and contents of its .py files."""
    root, sha256 = Path(str(files("ftcli"))), hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        content = path.read_bytes()
        sha256.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return sha256.hexdigest()


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, by key; a key that an earlier version did not write is left out."""
    return {key: (old, now[key]) for key, old in before.items() if key in now and old != now[key]}
