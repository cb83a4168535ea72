"""A moving average of the weights, for evaluation and for the checkpoint that is used afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ema:
    """decay * average + (1 - decay) * weights, after every step (Polyak and Juditsky, 1992).

    The decay starts low, min(decay, (1 + steps) / (10 + steps)), so that short runs are not dominated by the first
    weights. Buffers (the statistics of norms) and whole numbers are copied. A decay of 0 keeps no average.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.average: dict[str, Tensor] = (
            {name: value.detach().clone() for name, value in model.state_dict().items()} if decay else {}
        )

    @torch.no_grad()
    def update(self, model: nn.Module, steps: int) -> None:
        """Take in the weights after step number `steps`, counted from 1."""
        if not self.decay:
            return
        decay = min(self.decay, (1 + steps) / (10 + steps))
        learned = {name for name, _ in model.named_parameters()}
        for name, value in model.state_dict().items():
            if name in learned:
                self.average[name].lerp_(value.detach().to(self.average[name].dtype), 1 - decay)
            else:
                self.average[name].copy_(value)

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """The model with the averaged weights, and its own again afterwards."""
        if not self.decay:
            yield
            return
        own = {name: value.detach().clone() for name, value in model.state_dict().items()}
        self._put(model, self.average)
        try:
            yield
        finally:
            self._put(model, own)

    @staticmethod
    @torch.no_grad()
    def _put(model: nn.Module, values: Mapping[str, Tensor]) -> None:
        for name, value in model.state_dict().items():  # these share their memory with the model
            value.copy_(values[name])

    def load(self, average: Mapping[str, Tensor]) -> None:
        """Go on from a saved average."""
        for name, value in average.items():
            self.average[name].copy_(value)
