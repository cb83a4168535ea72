"""The loss that a network computes itself."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ftcli.contracts import Loss, Target


class ModelLoss:
    """The sum of the terms that the network gives, each a mean over the examples of a batch.

    The architecture chooses the terms and their weights.
    """

    kinds: tuple[str, ...] = ("boxes",)

    def __init__(self, *, target: Target) -> None:
        pass

    def __call__(self, terms: Mapping[str, Tensor], examples: int) -> Loss:
        """`terms`: scalars of a batch of `examples`."""
        sums = {name: term.float() * examples for name, term in terms.items()}
        total = torch.stack([*sums.values()]).sum()
        parts = {name: value.detach() for name, value in sums.items()} if len(sums) > 1 else {}
        return Loss(total, total.new_tensor(float(examples)), parts)
