"""The device that a plan is for: one of this machine, or one that is described."""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.config.quantities import bytes_of
from ftcli.errors import UserError

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
        if (memory := bytes_of(rest)) is None:
            raise UserError(f"--device: {rest!r} is not a size of memory, such as 24GiB")
        return cls(kind, round(memory))


def is_here(target: Target) -> bool:
    """Whether this machine has such a device. Raises `UserError` for a kind or a number that there is not."""
    import torch

    kind = target.device.partition(":")[0]
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if kind not in there:
        raise UserError(
            f"--device: should be cpu, cuda or mps, or one with its memory, as cuda:24GiB, not {kind!r}"
        )
    number = target.device.partition(":")[2]
    if number and not (there[kind] and int(number) < max(1, torch.cuda.device_count())):
        raise UserError(
            f"--device: this machine has no {target.device}; one that is elsewhere has its memory, as {kind}:24GiB"
        )
    return there[kind]
