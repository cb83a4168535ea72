"""Accumulation and clipping against a plain loop in float64: a window is one big batch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ftcli.contracts import Batch, Loss
from ftcli.tasks import TASKS
from ftcli.training.reports import Plan
from tests.passes import loss_of
from tests.training.plain_loop import Watching, Wide, largest, plain, plain_net, together
from tests.training.task_batches import Rows, fit_rows, rows_of
from tests.training.toy import Loader, Points
from tests.training.toy_fit import make_fit, run


@pytest.mark.parametrize("precision", [Watching, Wide])
@pytest.mark.parametrize("clip", [0.0, 0.3, 0.5])
@pytest.mark.parametrize(("size", "accumulate"), [(8, 1), (4, 2), (2, 4), (1, 8), (3, 3), (5, 7)])
def test_steps_and_norms_are_those_of_a_plain_loop(
    size: int, accumulate: int, clip: float, precision: type[Watching | Wide]
) -> None:
    """Clipping comes after unscaling and after the whole window, and windows may end ragged: 22 examples."""
    model = plain_net()
    reference = copy.deepcopy(model)
    loader = Loader(size=size, dtype=torch.float64)
    fit = make_fit(model, Plan(epochs=2, accumulate=accumulate, clip=clip), loader=loader)
    watching = fit.precision = precision()
    run(fit)
    steps = []
    for epoch in range(2):
        batches = list(loader.epoch(epoch))
        windows = (batches[at : at + accumulate] for at in range(0, len(batches), accumulate))
        steps += [together(window) for window in windows]
    norms = plain(reference, steps, clip)
    if clip:
        assert clip > 0.3 or min(norms) > clip  # 0.3 clips all steps, 0.5 some
        norms = [norm * min(1.0, clip / (norm + 1e-6)) for norm in norms]
    assert watching.norms == pytest.approx(norms, rel=1e-7)
    assert largest(model, reference) < 1e-6


@pytest.mark.parametrize("name", TASKS)
def test_a_window_of_any_task_is_one_big_batch(name: str) -> None:
    """Sums over what counts (examples, tokens, frames, pixels), whatever is padded, and a last window that is short."""
    task, model, examples = rows_of(name)
    reference, whole = copy.deepcopy(model), copy.deepcopy(model)
    run(fit_rows(task, model, Rows(task, examples, 1), Plan(epochs=2, accumulate=2)))
    run(fit_rows(task, whole, Rows(task, examples, 2), Plan(epochs=2)))

    def mean_loss(batch: Batch) -> Callable[[nn.Module], Tensor]:
        def mean(network: nn.Module) -> Tensor:
            loss = loss_of(task, network, batch)
            return loss.total / loss.count

        return mean

    before = copy.deepcopy(reference)
    plain(
        reference.eval(), [mean_loss(batch) for _ in range(2) for batch in Rows(task, examples, 2).epoch(0)]
    )
    assert largest(before, reference) > 1e-3  # it has moved
    assert largest(whole, reference) < 1e-6
    assert largest(model, reference) < 1e-6


class Unlabelled(Points):
    """Points of which only the class 0 counts."""

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        counted = batch.targets == 0
        total = functional.cross_entropy(outputs[counted], batch.targets[counted], reduction="sum")
        return Loss(total, counted.sum().to(total.dtype))


@pytest.mark.parametrize("accumulate", [1, 4])
def test_a_batch_in_which_nothing_counts_moves_nothing(accumulate: int) -> None:
    model, loader = plain_net(), Loader(size=1, dtype=torch.float64)
    reference = copy.deepcopy(model)
    fit = make_fit(model, Plan(epochs=1, accumulate=accumulate), loader=loader, task=Unlabelled())
    reports = run(fit)
    batches = list(loader.epoch(0))
    steps = []
    for start in range(0, len(batches), accumulate):
        counted = [batch for batch in batches[start : start + accumulate] if batch.targets[0] == 0]
        steps.append(together(counted) if counted else lambda network: 0 * network.head.bias.sum())
    plain(reference, steps)
    assert largest(model, reference) < 1e-6
    assert all(math.isfinite(report.read()) for report in reports)
