"""The scale of fp16 over a training: steps that overflow, and a resume."""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD
from ftcli.training.reports import Plan, StepReport
from ftcli.training.schedules import Cosine
from tests.training.plain_loop import Wide
from tests.training.toy import Points
from tests.training.toy_fit import make_fit, net, run, same, weights


class Overflowing(Points):
    """Example 3 overflows whatever is scaled by more than 300."""

    def __init__(self, precision: Wide) -> None:
        self.precision = precision

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        loss = super().loss(outputs, batch)
        if "3" in batch.ids and self.precision._scaler.get_scale() > 300:
            burst: Any = Burst.apply(loss.total)
            return Loss(burst, loss.count)
        return loss


class Burst(torch.autograd.Function):
    """The number itself, with an infinite gradient."""

    @staticmethod
    def forward(context: Any, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        return gradients[0] * math.inf


def scaled_fit(model: nn.Module) -> tuple[Fit, Wide]:
    precision = Wide()
    fit = make_fit(model, Plan(epochs=6), task=Overflowing(precision), schedule=Cosine(), rates=SGD(lr=0.01))
    fit.precision = precision
    return fit, precision


def test_the_scale_goes_on_across_a_resume() -> None:
    straight = net()
    whole, seen = scaled_fit(straight)
    reports = run(whole)
    assert len(set(seen.scales_seen)) > 2  # it fell, and grew again
    for at in (4, 11, 20):
        first = net()
        before, begun = scaled_fit(first)
        run(before, at)
        state, saved = copy.deepcopy(before.state_dict()), weights(first)
        second = net(seed=9)
        after, gone_on = scaled_fit(second)
        second.load_state_dict(saved)
        after.load_state_dict(state)
        rates = [report.lr for report in run(after)]
        assert begun.scales_seen + gone_on.scales_seen == seen.scales_seen
        assert rates == [report.lr for report in reports[at:]]
        assert same(weights(second), weights(straight))


def test_a_step_that_is_skipped_is_a_step_of_the_schedule() -> None:
    """The weights stay, the rates go on: a position is a count of steps, so a resumed run needs no history of them."""
    model = net()
    fit, precision = scaled_fit(model)
    plain_rates = [r.lr for r in run(make_fit(net(), Plan(epochs=6), schedule=Cosine(), rates=SGD(lr=0.01)))]
    rates, moved, parameters = [], [], [p.detach().clone() for p in model.parameters()]
    for report in fit:
        if isinstance(report, StepReport):
            rates.append(report.lr)
            now = [p.detach().clone() for p in model.parameters()]
            moved.append(any(not torch.equal(a, b) for a, b in zip(parameters, now, strict=True)))
            parameters = now
    assert rates == plain_rates
    scales = [1024.0, *precision.scales_seen]
    fell = [after < before for before, after in itertools.pairwise(scales)]
    assert any(fell)
    assert moved == [not left_out for left_out in fell]
