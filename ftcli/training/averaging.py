"""The average of the weights of good epochs: the greedy soup of Wortsman et al. (2022), of one run.

Checkpoints are tried one after the other, the best first. Each stays in the average only if the validation figure
does not fall by it. What no epoch has trained is the same in all of them, and so in their average, bit for bit: sums
are made in float64. Whole numbers are those of the best. The statistics of batch norms that trained are not those of
any average: they are made again by one pass over the training split.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

Item = TypeVar("Item")
Weights = Mapping[str, Tensor]


class Average:
    """The mean of some weights of the same names and shapes."""

    def __init__(self, first: Weights) -> None:
        self._first = first
        self._sums = {name: value.double() for name, value in first.items() if value.is_floating_point()}
        self._count = 1

    def added(self, weights: Weights) -> Average:
        """With one more."""
        more = Average(self._first)
        more._sums = {name: value + weights[name].double() for name, value in self._sums.items()}
        more._count = self._count + 1
        return more

    def mean(self) -> dict[str, Tensor]:
        """In the number formats of the first."""
        means = {
            name: (value / self._count).to(self._first[name].dtype) for name, value in self._sums.items()
        }
        return {**self._first, **means}


def greedy(
    items: Iterable[Item],
    weights: Callable[[Item], Weights],
    figure: Callable[[Weights], tuple[float, ...]],
    kept: Callable[[], None],
) -> tuple[list[Item], dict[str, Tensor]]:
    """The items whose weights are averaged, the best first, and their mean.

    `figure` scores weights: more is better. `kept` is called when those that were scored last are the best so far.
    """
    first, *others = items
    average, members = Average(weights(first)), [first]
    best = figure(average.mean())
    kept()
    for item in others:
        tried = average.added(weights(item))
        score = figure(tried.mean())
        if score >= best:
            average, best = tried, score
            members.append(item)
            kept()
    return members, average.mean()


def moving_norms(model: nn.Module, frozen: Iterable[str]) -> list[_BatchNorm]:
    """The batch norms whose statistics some epoch changes; `frozen` are the names in the state that none does."""
    still = set(frozen)
    return [
        module
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm)
        and module.running_mean is not None
        and f"{name}.running_mean" not in still
    ]


@torch.no_grad()
def renew_statistics(
    model: nn.Module, norms: Iterable[_BatchNorm], batches: Iterable[Any], forward: Callable[[Any], object]
) -> None:
    """Give batch norms the mean statistics of `batches` (`torch.optim.swa_utils.update_bn`), all else in eval mode."""
    norms = list(norms)
    if not norms:
        return
    model.eval()
    with _cumulative(norms):
        for batch in batches:
            forward(batch)
    model.eval()


@contextmanager
def _cumulative(norms: Iterable[_BatchNorm]) -> Iterator[None]:
    """Within, norms train and count all batches alike, from none."""
    momenta = [(norm, norm.momentum) for norm in norms]
    for norm, _ in momenta:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    try:
        yield
    finally:
        for norm, momentum in momenta:
            norm.momentum = momentum
