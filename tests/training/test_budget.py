"""How many steps fit into a time, and what a budget knows of the speed."""

from __future__ import annotations

import pytest

from ftcli.training.budget import PAPERS, Budget, Costs, Scoring, steps_within
from tests.training.limited_time import Clock


@pytest.mark.parametrize(
    ("seconds", "steps"),
    [
        (0, 0),
        (7, 0),  # what follows the last step takes it all
        (8.5, 1),
        (11, 4),
        (13, 4),  # another epoch would need what comes between, and a step
        (14.5, 5),
        (24, 14),
        (27, 16),
        (-5, 0),
    ],
)
def test_steps_fit_with_what_comes_between_epochs_and_at_the_end(seconds: float, steps: int) -> None:
    costs = Costs(step=1.0, between=2.0, end=7.0)
    assert steps_within(seconds, costs, epoch_left=4, per_epoch=10) == steps


def budget(clock: Clock, **options: float) -> Budget:
    sizes = {"val": 20, "end": 40, "passes": 0} | options
    return Budget(100.0, scoring=Scoring(**sizes), examples_per_step=4, clock=clock)  # type: ignore[arg-type]


def steps(one: Budget, clock: Clock, *seconds: float) -> None:
    for each in seconds:
        clock.now += each
        one.step()


def test_the_first_step_of_an_epoch_tells_nothing_of_the_others() -> None:
    clock = Clock()
    one = budget(clock)
    one.enter()
    steps(one, clock, 9.0, 1.0, 2.0, 3.0)
    assert one.costs().step == 2.0
    assert one.is_due()


def test_an_evaluation_is_a_third_of_the_steps_until_one_was_made() -> None:
    clock = Clock()
    one = budget(clock)
    one.enter()
    steps(one, clock, 1.0, 1.2, 1.2, 1.2)
    known = one.costs()  # 0.1 seconds an example
    assert known.between == pytest.approx(2.0)
    assert known.end == pytest.approx(2.0 + 4.0 + PAPERS)
    clock.now += 5.0
    one.close()
    known = one.costs()
    assert known.between == pytest.approx(5.0)
    assert known.end == pytest.approx(15.0 + PAPERS)
    one.enter()
    steps(one, clock, 3.2)  # saving took two seconds, and the step as long as the others
    known = one.costs()
    assert known.between == pytest.approx(7.0)
    assert known.end == pytest.approx(17.0 + PAPERS)


def test_features_that_are_missing_take_as_long_as_those_that_were_computed() -> None:
    clock = Clock()
    one = Budget(100.0, scoring=Scoring(20, 40), examples_per_step=4, filling=lambda: 0.5, clock=clock)
    one.enter()
    steps(one, clock, 50.0, 0.1, 0.1, 0.1)
    assert one.costs().end == pytest.approx(10.0 + 20.0 + PAPERS)


def test_a_process_that_goes_back_has_used_its_time_all_the_same() -> None:
    clock = Clock(3.0)
    one = budget(clock)
    clock.now = 10.0
    one.resume(20.0)
    one.resume(0.0)
    assert one.used == 27.0
    assert one.left == pytest.approx(99.0 - 27.0)
