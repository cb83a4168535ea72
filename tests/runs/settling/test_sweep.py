"""A sweep takes real steps at rising rates, and leaves the session as it was, bit for bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from ftcli.runs.fit_assembly import build_fit
from ftcli.runs.session import Session, prepare
from ftcli.runs.settling.sweep import Rising, factors_of, sweeps
from ftcli.training.schedules import Position
from tests.runs.settling.small import small


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    return prepare(
        small(tmp_path_factory.mktemp("sweep"), "freeze=none", "optimizer={name: adamw, lr_decay: 0.5}")
    )


def test_the_session_is_put_back_bit_for_bit(session: Session) -> None:
    torch.manual_seed(3)
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    modes = [module.training for module in session.model.modules()]
    states = torch.get_rng_state(), repr(np.random.get_state()), random.getstate()
    seen: list[tuple[int, int]] = []
    swept = sweeps(session, steps=20, seeds=2, watch=lambda done, total: seen.append((done, total)))
    assert [len(curve.losses) for curve in swept.curves] == [len(curve.factors) for curve in swept.curves]
    assert all(len(curve.losses) > 15 for curve in swept.curves)
    assert seen[0] == (1, 40)
    after = session.model.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert modes == [module.training for module in session.model.modules()]
    assert torch.equal(states[0], torch.get_rng_state())
    assert (states[1], states[2]) == (repr(np.random.get_state()), random.getstate())
    assert not any(parameter.grad is not None for parameter in session.model.parameters())


def test_the_first_sweep_is_that_of_the_session_and_comes_again(session: Session) -> None:
    first, again = (sweeps(session, steps=16, seeds=1).curves[0] for _ in range(2))
    assert first.losses.tolist() == again.losses.tolist()
    assert first.losses[0] == pytest.approx(first.losses[2], abs=0.5)


def test_all_groups_rise_by_one_factor(session: Session) -> None:
    fit, _, _ = build_fit(session)
    fit.schedule = Rising(factors=[0.5, 2.0])
    for factor in (0.5, 2.0):
        fit._set_rates(Position(0, 1, 1))
        assert [group["lr"] / group["base_lr"] for group in fit.optimizer.param_groups] == pytest.approx(
            [factor] * len(fit.optimizer.param_groups)
        )


def test_the_travel_is_the_sum_of_the_schedule(session: Session) -> None:
    swept = sweeps(session, steps=2, seeds=1)
    fit, _, _ = build_fit(session)
    steps = fit.steps_per_epoch * fit.plan.epochs
    assert 0 < swept.travel <= steps
    assert factors_of(3).tolist() == pytest.approx([1e-3, 1.0, 1e3])
