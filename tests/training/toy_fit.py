"""The loop on the toy network, and its weights and state for comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD, Rates
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan, StepReport
from ftcli.training.schedules import Constant, Schedule
from ftcli.training.strategy import Strategy
from tests.training.toy import BLOCKS, Everything, Loader, Net, Points


def make_fit(
    model: nn.Module,
    plan: Plan,
    *,
    loader: Loader | None = None,
    rates: Rates | None = None,
    schedule: Schedule | None = None,
    policy: Everything | None = None,
    task: Points | None = None,
    **options: Any,
) -> Fit:
    policy = policy or Everything()
    policy.prepare(model, BLOCKS, plan.epochs)
    return Fit(
        model,
        task or Points(),
        loader or Loader(),
        blocks=BLOCKS,
        strategy=Strategy(
            policy=policy,
            rates=rates or SGD(lr=0.1),
            schedule=schedule or Constant(),
            precision=Fp32(torch.device("cpu")),
        ),
        plan=plan,
        **options,
    )


def net(seed: int = 0, dropout: float = 0.0) -> Net:
    torch.manual_seed(seed)
    return Net(dropout)


def without_norm(model: Net) -> Net:
    model.backbone[1] = nn.Identity()
    return model


def weights(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def state_of(fit: Fit) -> dict[str, Tensor]:
    moments = fit.optimizer.state_dict()["state"]
    flat = {f"{i}.{name}": value for i, values in moments.items() for name, value in values.items()}
    return {**weights(fit.model), **flat, **{f"ema.{name}": value for name, value in fit.ema.average.items()}}


def run(fit: Fit, steps: int | None = None) -> list[StepReport]:
    """The reports of the first `steps` steps, or of all."""
    reports = []
    for report in fit:
        if isinstance(report, StepReport):
            reports.append(report)
            if len(reports) == steps:
                break
    return reports
