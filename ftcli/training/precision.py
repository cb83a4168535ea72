"""The device and the number format of training. The ordinary case, fp32, is a `Precision` that does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.errors import UserError, counted

# Flags of x86 and, the last, of ARM.
NATIVE_BF16 = ("amx_bf16", "avx512_bf16", "bf16")


def choose_device(wanted: str, where: str = "training.device") -> tuple[torch.device, str]:
    """The device for `auto`, `cpu`, `cuda`, `cuda:N` or `mps`, and the reason.

    Raises `UserError`, which names `where` it was asked for, if it is absent.
    """
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda"), f"a GPU is here: {torch.cuda.get_device_name()}"
        if torch.backends.mps.is_available():
            return torch.device("mps"), "Apple's GPU is here"
        return torch.device("cpu"), f"no GPU is here; {counted(torch.get_num_threads(), 'thread')}"
    here = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    kind, _, index = wanted.partition(":")
    if kind not in here or (":" in wanted and not index.isdecimal()):
        raise UserError(f"{where}: should be auto, cpu, cuda, cuda:N (such as cuda:1) or mps, not {wanted!r}")
    if here[kind] <= int(index or 0):
        raise UserError(
            f"{where}: {wanted} is not on this machine (PyTorch sees {here['cuda']} CUDA devices); "
            "'auto' takes the best there is"
        )
    return torch.device(wanted), "as configured"


def choose_precision(wanted: str, device: torch.device) -> tuple[Precision, str]:
    """The precision for `auto`, `fp32`, `bf16` or `fp16` on `device`, and the reason."""
    if wanted != "auto":
        return PRECISIONS[wanted](device), "as configured"
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return Bf16(device), "this GPU computes bf16 natively"
    if device.type == "cuda":
        return Fp16(device), "this GPU has no bf16; the loss is scaled"
    if device.type == "cpu":
        # torch 2.10 cannot ask a processor.
        flags: Mapping[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
        return _cpu_precision(device, flags)
    return Fp32(device), f"the safe choice on {device.type}"


def _cpu_precision(device: torch.device, flags: Mapping[str, Any]) -> tuple[Precision, str]:
    """bf16 where the processor multiplies it itself; elsewhere it would be emulated, and slower than fp32."""
    native = next((flag for flag in NATIVE_BF16 if flags.get(flag)), None)
    if native is not None:
        return Bf16(device), f"this processor computes bf16 natively ({native})"
    return Fp32(device), "this processor does not compute bf16 natively"


class Precision:
    """fp32: no casting, no scaling."""

    name = "fp32"
    # Whether gradients are scaled, and a step whose scale was too large is skipped.
    scales = False

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def autocast(self) -> AbstractContextManager[Any]:
        """The context in which forward passes run."""
        return nullcontext()

    def seed(self, seed: int) -> None:
        """Seed the random numbers of the CPU, and of the device."""
        # On a CPU not by `torch.manual_seed`, which formats a traceback for each kind of device that is absent.
        if self.device.type == "cpu":
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of `loss`."""
        loss.backward()  # type: ignore[no-untyped-call]

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        """Divide gradients by the scale of the loss, before they are clipped."""

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Update the weights. If scaled gradients overflow, the update is skipped; the schedule counts the step."""
        optimizer.step()

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""


class Fp32(Precision):
    """The base, by the name that users know."""


class Bf16(Precision):
    """Forward passes in bfloat16 by autocast; weights stay fp32."""

    name = "bf16"

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


class Fp16(Precision):
    """Forward passes in float16; the loss is scaled so that small gradients survive (Micikevicius et al., 2018)."""

    name = "fp16"
    scales = True

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._scaler = torch.amp.GradScaler(device.type)

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, dtype=torch.float16)

    def backward(self, loss: Tensor) -> None:
        self._scaler.scale(loss).backward()  # type: ignore[no-untyped-call]

    def unscale(self, optimizer: torch.optim.Optimizer) -> None:
        self._scaler.unscale_(optimizer)

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self._scaler.step(optimizer)
        self._scaler.update()

    def state_dict(self) -> dict[str, Any]:
        return dict(self._scaler.state_dict())

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._scaler.load_state_dict(state)


PRECISIONS: dict[str, type[Precision]] = {"fp32": Fp32, "bf16": Bf16, "fp16": Fp16}


def gradient_norm(parameters: Sequence[nn.Parameter]) -> Tensor:
    """The norm of all gradients together."""
    return torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])


def clip_gradients(parameters: Sequence[nn.Parameter], limit: float, norm: Tensor | None = None) -> None:
    """Scale all gradients down together if their norm is above `limit`; 0 means no limit.

    `norm` is what `gradient_norm` gives, where it was computed before.
    """
    if limit <= 0:
        return
    norm = gradient_norm(parameters) if norm is None else norm
    # Where nothing is clipped PyTorch multiplies by 1, so that a GPU need not wait for the norm. A CPU has it already.
    if type(norm) is Tensor and norm.device.type == "cpu" and limit / (norm + 1e-6) >= 1:
        return
    torch.nn.utils.clip_grads_with_norm_(parameters, limit, norm)
