"""Schedules as functions of the position."""

from __future__ import annotations

import pytest

from ftcli.training.schedules import Constant, Cosine, Linear, Plateau, Position, Schedule, Step


def factors(schedule: Schedule, steps: int = 10, per_epoch: int = 5) -> list[float]:
    return [schedule.factor(Position(step, steps, per_epoch)) for step in range(steps)]


def test_constant() -> None:
    assert factors(Constant()) == [1.0] * 10


def test_linear_ends_just_above_its_floor() -> None:
    values = factors(Linear(warmup=0))
    assert values[0] == 1.0
    assert values[-1] == pytest.approx(0.1)
    assert factors(Linear(warmup=0, floor=0.5))[-1] == pytest.approx(0.55)


def test_cosine_is_half_way_in_the_middle() -> None:
    values = factors(Cosine(warmup=0))
    assert values[0] == 1.0
    assert values[5] == pytest.approx(0.5)
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize("warmup", [0.4, 4])
def test_warm_up_is_a_fraction_or_steps(warmup: float) -> None:
    values = factors(Constant(warmup=warmup))
    assert values == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1, 1, 1, 1, 1])


def test_warm_up_never_takes_the_whole_phase() -> None:
    values = factors(Constant(warmup=100), steps=3)
    assert values == pytest.approx([1 / 3, 2 / 3, 1.0])


def test_step_counts_epochs() -> None:
    assert factors(Step(every=1, gamma=0.5)) == [1.0] * 5 + [0.5] * 5


def test_plateau_remembers_across_a_resume() -> None:
    schedule = Plateau(patience=1)
    for improved in (True, False, False):
        schedule.observe(improved)
    again = Plateau(patience=1)
    again.load_state_dict(schedule.state_dict())
    assert factors(again) == factors(schedule) == pytest.approx([0.1] * 10)
