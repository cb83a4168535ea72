"""NaN and infinity injected everywhere: training stops before the update, and nothing that was saved holds any."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.contracts import Batch, Loss
from ftcli.errors import NotFiniteError
from ftcli.training.fit import Fit
from ftcli.training.optimizers import AdamW
from ftcli.training.reports import Plan, StepReport
from tests.training.toy import Loader, Points
from tests.training.toy_fit import make_fit, net, state_of

# The step into which they are injected.
AT = 4


@dataclass
class Poisoned(Loader):
    """One number of one example is `value`."""

    value: float = math.nan

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for index, batch in enumerate(super().epoch(epoch, skip), skip):
            points = batch.inputs["points"].clone()
            if index == AT - 1:
                points[1, 2] = self.value
            yield replace(batch, inputs={"points": points})


class Losing(Points):
    """The loss of one step is changed."""

    def __init__(self, change: Callable[[Tensor], Any]) -> None:
        self.change, self.steps = change, 0

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        loss = super().loss(outputs, batch)
        self.steps += 1
        return Loss(self.change(loss.total), loss.count) if self.steps == AT else loss


class Times(torch.autograd.Function):
    """The number itself; its gradient times a factor."""

    @staticmethod
    def forward(context: Any, value: Tensor, factor: float) -> Tensor:
        context.factor = factor
        return value.clone()

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        return gradients[0] * context.factor, None


def weight(value: float) -> Callable[[Fit], Tensor]:
    def plant(fit: Fit) -> Tensor:
        parameter = next(iter(fit.model.parameters())).detach()
        parameter[0, 0] = value
        return parameter

    return plant


def statistic(fit: Fit) -> None:
    fit.model.get_buffer("backbone.1.running_var")[2] = math.inf


def moment(fit: Fit) -> None:
    next(iter(fit.optimizer.state.values()))["exp_avg_sq"][0] = math.inf


@dataclass(frozen=True)
class Injection:
    """What is injected: into the data, the loss, or what `plant` changes between the step before and this one."""

    words: str
    loader: Loader = field(default_factory=Loader)
    change: Callable[[Tensor], Any] = lambda total: total
    plant: Callable[[Fit], Any] | None = None
    lr: float = 0.01


LOSS = rf"the loss is (nan|-?inf) at step {AT} \(epoch 1\), in the batch of \d+, \d+"
GRADIENT = rf"the norm of the gradient is (nan|inf) at step {AT} \(epoch 1\), in the batch of \d+, \d+"
INJECTIONS = {
    "NaN in an input": Injection(LOSS, Poisoned()),
    "inf in an input": Injection(LOSS, Poisoned(value=math.inf)),
    "an input that overflows": Injection(f"{LOSS}|statistics of batch norm", Poisoned(value=1e30)),
    "NaN loss": Injection(LOSS, change=lambda total: total * math.nan),
    "inf loss": Injection(LOSS, change=lambda total: total * math.inf),
    "-inf loss": Injection(LOSS, change=lambda total: total * -math.inf),
    "NaN gradient": Injection(GRADIENT, change=lambda total: Times.apply(total, math.nan)),
    "inf gradient": Injection(GRADIENT, change=lambda total: Times.apply(total, math.inf)),
    "a gradient that overflows": Injection(GRADIENT, change=lambda total: Times.apply(total, 1e38)),
    "NaN weight": Injection(LOSS, plant=weight(math.nan)),
    "inf weight": Injection(LOSS, plant=weight(math.inf)),
    "inf statistics": Injection(
        "the statistics of batch norm are no longer numbers after step 4", plant=statistic
    ),
    "inf moments": Injection("the moments of the optimizer are no longer numbers after step 4", plant=moment),
    "a rate of 1e30": Injection("no longer numbers after step|is (nan|inf) at step", lr=1e30),
}


def bytes_of(state: dict[str, Tensor]) -> dict[str, bytes]:
    return {name: value.detach().numpy().tobytes() for name, value in state.items()}


def trained(
    fit: Fit, plant: Callable[[Fit], Any] | None
) -> tuple[list[dict[str, Tensor]], dict[str, bytes], str]:
    """What was saved after each step; the state after the last step that was made; and the error."""
    saved: list[dict[str, Tensor]] = []
    last = bytes_of(state_of(fit))
    with pytest.raises(NotFiniteError) as error:
        for report in fit:
            if plant and isinstance(report, StepReport) and report.step == AT - 1:
                plant(fit)
            last = bytes_of(state_of(fit))
            if not (plant and fit.progress.step == AT - 1):
                fit.check_numbers()  # as before every save
                saved.append({name: value.clone() for name, value in state_of(fit).items()})
    return saved, last, str(error.value)


@pytest.mark.parametrize("name", INJECTIONS)
@pytest.mark.parametrize(("clip", "ema"), [(0.0, 0.0), (1.0, 0.9)])
def test_nothing_moves_and_everything_saved_is_finite(name: str, clip: float, ema: float) -> None:
    one = INJECTIONS[name]
    plan, rates, task = Plan(epochs=2, clip=clip, ema=ema), AdamW(lr=one.lr), Losing(one.change)
    fit = make_fit(net(), plan, loader=one.loader, rates=rates, task=task)
    saved, last, error = trained(fit, one.plant)
    assert re.search(one.words, error), error
    assert bytes_of(state_of(fit)) == last
    assert len(saved) >= (0 if one.lr > 1 else AT - 2)
    assert all(value.isfinite().all() for state in saved for value in state.values())
