"""A moving average of the weights, for evaluation and for the checkpoint that is used afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Ema:
    """decay * average + (1 - decay) * weights, after every step (Polyak and Juditsky, 1992).

    The decay starts low, min(decay, (1 + steps) / (10 + steps)), so that short runs are not dominated by the first
    weights. Buffers (the statistics of norms) are copied. `trained` are the names of the parameters that change: the
    others are their own average and share their memory with the model. A decay of 0 keeps no average.
    """

    def __init__(self, model: nn.Module, decay: float, trained: Collection[str]) -> None:
        self.decay = decay
        # By all names of the model's state.
        self.average: dict[str, Tensor] = {}
        # The averages of what trains, by the identity of the parameter: a tied one is averaged once.
        self._learned: dict[int, Tensor] = {}
        self._parameters: list[Tensor] = []
        self._buffers: list[str] = []
        if decay:
            self._begin(model, trained)

    def _begin(self, model: nn.Module, trained: Collection[str]) -> None:
        changing = {id(value): value for name, value in model.named_parameters() if name in trained}
        self._parameters = [value.detach() for value in changing.values()]
        self._learned = {key: value.detach().clone() for key, value in changing.items()}
        # The tensors themselves, for their identity.
        state = model.state_dict(keep_vars=True)
        for name, value in state.items():
            if isinstance(value, nn.Parameter):
                self.average[name] = self._learned.get(id(value), value.detach())
            else:
                self._buffers.append(name)
                self.average[name] = value.detach().clone()

    @torch.no_grad()
    def update(self, model: nn.Module, steps: int) -> None:
        """Update the average with the weights after step number `steps`, counted from 1."""
        if not self.decay:
            return
        decay = min(self.decay, (1 + steps) / (10 + steps))
        torch._foreach_lerp_([*self._learned.values()], self._parameters, 1 - decay)
        for name in self._buffers:
            self.average[name].copy_(model.get_buffer(name))

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """Within, the model has the averaged weights; afterwards its own again."""
        if not self.decay:
            yield
            return
        changing = [*self._parameters, *(model.get_buffer(name) for name in self._buffers)]
        own = [value.detach().clone() for value in changing]
        _put(changing, [*self._learned.values(), *(self.average[name] for name in self._buffers)])
        try:
            yield
        finally:
            _put(changing, own)

    @torch.no_grad()
    def load(self, average: Mapping[str, Tensor]) -> None:
        """Load a saved average. Parameters that do not train have been loaded with the model."""
        learned = {id(value) for value in self._learned.values()}
        for name, value in self.average.items():
            if name in average and (name in self._buffers or id(value) in learned):
                value.copy_(average[name])


@torch.no_grad()
def _put(places: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    for place, value in zip(places, values, strict=True):
        place.copy_(value)
