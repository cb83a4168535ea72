"""The device that a plan is for: one of this machine, or one that is described."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ftcli.errors import UserError

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", re.IGNORECASE)
# What CUDA itself takes on a GPU, and the share that its allocator loses between blocks.
CONTEXT, SLACK = 500 << 20, 0.05


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of device, and the bytes that it has; None where it is one of this machine, which says itself."""

    device: str
    memory: int | None = None

    @classmethod
    def of(cls, text: str) -> Target:
        """From `cpu`, `cuda`, `cuda:1`, `mps`, or with memory, as in `cuda:24GiB`. Raises `UserError`."""
        kind, colon, rest = text.partition(":")
        if not colon or rest.isdecimal():
            return cls(text)
        return cls(kind, bytes_of(rest, "--device"))


def is_here(target: Target) -> bool:
    """Whether this machine has such a device. Raises `UserError` for a kind that there is not."""
    import torch

    kind = target.device.partition(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if kind not in there:
        raise UserError(
            f"--device: should be cpu, cuda or mps, or one with its memory, as cuda:24GiB, not {kind!r}"
        )
    return there[kind]


def bytes_of(text: str, what: str) -> int:
    """`24GiB`, `24 GB`, `512MiB` in bytes. Raises `UserError`, which names `what` it was given for."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UserError(f"{what}: {text!r} is not a size of memory, such as 24GiB")
    power = "KMGT".find(match[2].upper()) + 1
    base = 1 << 10 if match[3] else 1000
    return round(float(match[1]) * float(base**power))
