"""A plain training loop, with which steps, norms and rates of `Fit` are compared; and precisions that keep them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ftcli.contracts import Batch
from ftcli.training.precision import Fp16, Fp32
from tests.training.toy import Net
from tests.training.toy_fit import net, without_norm

CPU = torch.device("cpu")
RATE, MOMENTUM = 0.1, 0.9


def plain(model: nn.Module, steps: Iterable[Callable[[nn.Module], Tensor]], clip: float = 0.0) -> list[float]:
    """Moves `model` by SGD with momentum, one mean loss a step; the norms of the gradients before they are clipped."""
    parameters = list(model.parameters())
    velocity = [torch.zeros_like(p) for p in parameters]
    norms = []
    for mean_loss in steps:
        gradients = torch.autograd.grad(mean_loss(model), parameters, materialize_grads=True)
        norms.append(math.sqrt(sum(float((g * g).sum()) for g in gradients)))
        scale = min(1.0, clip / (norms[-1] + 1e-6)) if clip else 1.0
        with torch.no_grad():
            for parameter, gradient, moving in zip(parameters, gradients, velocity, strict=True):
                moving.mul_(MOMENTUM).add_(gradient * scale)
                parameter.sub_(RATE * moving)
    return norms


def together(batches: Sequence[Batch]) -> Callable[[nn.Module], Tensor]:
    """The mean loss of points over all batches at once."""
    points = torch.cat([batch.inputs["points"] for batch in batches])
    labels = torch.cat([batch.targets for batch in batches])
    return lambda model: functional.cross_entropy(model(points), labels)


def largest(one: nn.Module, other: nn.Module) -> float:
    """The largest difference of two models' parameters, relative to the largest of each tensor."""
    pairs = [(a.detach(), b.detach()) for a, b in zip(one.parameters(), other.parameters(), strict=True)]
    return max(float((a - b).abs().max() / b.abs().max().clamp(min=1e-3)) for a, b in pairs)


class Watching(Fp32):
    """Keeps the norm of the gradients with which each step is made."""

    def __init__(self) -> None:
        super().__init__(CPU)
        self.norms: list[float] = []

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.norms.append(_norm(optimizer))
        super().step(optimizer)


class Wide(Fp16):
    """The scaling of fp16, around passes in float64."""

    def __init__(self, scale: float = 1024.0) -> None:
        super().__init__(CPU)
        self._scaler = torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=3)
        self.norms: list[float] = []
        self.scales_seen: list[float] = []

    def autocast(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.norms.append(_norm(optimizer))
        super().step(optimizer)
        self.scales_seen.append(self._scaler.get_scale())


def _norm(optimizer: torch.optim.Optimizer) -> float:
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    return math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))


def plain_net() -> Net:
    return without_norm(net()).double()
