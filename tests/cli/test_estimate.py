"""How long it will take, from what was seen of it."""

from __future__ import annotations

import time

import pytest

from ftcli.cli.estimate import Estimate, duration
from tests.cli.fake_training import epoch, training


class Clock:
    """The time, which only moves when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 50.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def test_long_epochs_are_known_by_their_steps_but_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, estimate = Clock(monkeypatch), Estimate(training(["all blocks"] * 3, steps=100, patience=2))
    said = []
    # The first step takes a minute, the others 2 seconds each.
    for step, seconds in enumerate([60, *[2] * 9], 1):
        clock.now += seconds
        said.append(estimate.step(1, step))
    # 294 steps are left after step 6.
    assert [words for words in said if words] == [
        "about 10 min for 3 epochs without validation, less if it stops early"
    ]
    assert said[5] is not None
    assert estimate.epoch(epoch(1, trained="all blocks", seconds=200.0)) is None


def test_short_epochs_are_known_by_the_second_with_its_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, estimate = Clock(monkeypatch), Estimate(training(["all blocks"] * 4))
    for step in range(1, 11):
        clock.now += 0.9
        assert estimate.step(1, step) is None
    # In the first epoch all is done for the first time.
    assert estimate.epoch(epoch(1, seconds=9.5)) is None
    # The time of a validation is not that of a step.
    clock.now += 20
    assert estimate.step(2, 11) is None
    assert estimate.epoch(epoch(2, seconds=6.0)) == "about 12 s for the next 2 epochs"
    assert estimate.epoch(epoch(3, seconds=4.0)) is None


def test_a_long_first_epoch_tells_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    estimate = Estimate(training(["all blocks"] * 2))
    assert estimate.epoch(epoch(1, seconds=40.0)) == "about 40 s for the next epoch"


def test_an_epoch_that_computes_features_tells_nothing_of_those_that_find_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Clock(monkeypatch)
    estimate = Estimate(training(["head"] * 5))
    # As with two views: another one in each of the first two epochs.
    for number in (1, 2):
        estimate.features()
        assert estimate.epoch(epoch(number, seconds=60.0)) is None
    assert estimate.epoch(epoch(3, seconds=20.0)) == "about 40 s for the next 2 epochs"


def test_each_phase_is_estimated_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    estimate = Estimate(training(["head"] * 3 + ["all blocks"] * 5, patience=2))
    said = [estimate.epoch(epoch(number, seconds=11.0 if number < 4 else 60.0)) for number in range(1, 9)]
    assert said[0] == "about 22 s for the next 2 epochs (head)"
    assert said[3] == "about 4 min for the next 4 epochs (all blocks), less if it stops early"
    assert [words for index, words in enumerate(said) if index not in (0, 3)] == [None] * 6


def test_nothing_is_said_of_what_is_over_or_soon_will_be(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    estimate = Estimate(training(["head"] * 5))
    assert [estimate.epoch(epoch(number, seconds=2.0)) for number in range(1, 6)] == [None] * 5
    assert Estimate(training(["head"])).epoch(epoch(1, stopped="all epochs are done")) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.44, "0.4 s"), (12.4, "12 s"), (150, "2 min"), (5940, "99 min"), (7800, "2 h 10 min")],
)
def test_a_duration_has_two_digits_and_a_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words
