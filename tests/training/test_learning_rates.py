"""Learning rates of every schedule, at every step and across a resume."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from torch import nn

from ftcli.training import SCHEDULES
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD
from ftcli.training.reports import Plan
from ftcli.training.schedules import Schedule
from tests.training.toy_fit import make_fit, net, run, weights

# Of step, steps of the phase, steps of an epoch.
FACTORS: Mapping[str, Callable[[int, int, int], float]] = {
    "constant": lambda step, steps, epoch: 1.0,
    "linear": lambda step, steps, epoch: warm(step, steps, lambda t: 1 - t),
    "cosine": lambda step, steps, epoch: warm(step, steps, lambda t: 0.5 * (1 + math.cos(math.pi * t))),
    "step": lambda step, steps, epoch: 0.1 ** (step // epoch),
    "plateau": lambda step, steps, epoch: 0.1 ** (step >= 2 * epoch),  # no gain from the second epoch on
}


OPTIONS: Mapping[str, Mapping[str, Any]] = {"step": {"every": 1}, "plateau": {"patience": 0}}


def warm(step: int, steps: int, after: Callable[[float], float]) -> float:
    """A tenth of the phase up from near 0, then `after` of the share that has passed."""
    warmup = round(0.1 * steps)
    return (step + 1) / (warmup + 1) if step < warmup else after((step - warmup) / (steps - warmup))


def fit_by(name: str, model: nn.Module) -> Fit:
    schedule: Schedule = SCHEDULES.load(name)(**OPTIONS.get(name, {}))
    rates, plan = SGD(lr=0.07, backbone_lr=0.02), Plan(epochs=3, metric="score")
    return make_fit(
        model, plan, schedule=schedule, rates=rates, evaluate=lambda _: {"loss": 1.0, "score": 0.2}
    )


@pytest.mark.parametrize("at", [1, 5, 6, 7, 13])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_exact_at_every_step_and_across_a_resume(name: str, at: int) -> None:
    first = net()
    fit = fit_by(name, first)
    rates = [report.lr for report in run(fit, at)]
    lower = 0.02 * FACTORS[name](at - 1, 18, 6)
    assert [group["lr"] for group in fit.optimizer.param_groups] == [lower, rates[-1]]
    state, saved = copy.deepcopy(fit.state_dict()), weights(first)
    second = net()
    second.load_state_dict(saved)
    resumed = fit_by(name, second)
    resumed.load_state_dict(state)
    rates += [report.lr for report in run(resumed)]
    assert rates == [0.07 * FACTORS[name](step, 18, 6) for step in range(18)]
