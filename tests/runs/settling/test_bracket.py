"""What curves say for a training, on curves whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.runs.settling.bracket import Bracket, Curve, bracket, diverged, limit, median
from tests.runs.settling.curves import FACTORS, curve


def found(travel: float = 200.0, **options: float | None) -> Bracket:
    return bracket([curve(seed=seed, **options) for seed in range(3)], travel)  # type: ignore[arg-type]


def test_the_usual_rate_stays_within_the_bracket() -> None:
    one = found()
    assert one.suggestion == 1
    assert one.low is not None
    assert one.high is not None
    assert one.low < 1 < one.high
    assert one.warning is None


def test_a_rate_that_is_too_high_is_lowered() -> None:
    one = found(falls=0.02, rises=0.5)
    assert one.high is not None
    assert one.suggestion == one.high < 0.3


def test_a_rate_at_which_training_would_end_too_early_is_raised() -> None:
    one = found(falls=100.0, rises=None)
    assert one.low is not None
    assert one.suggestion == pytest.approx(2 * one.low)
    assert one.suggestion > 2
    assert found(falls=100.0, rises=None, travel=2000.0).suggestion == 1  # a longer training need not hurry


@pytest.mark.parametrize("falls", [None, 0.02, 0.3, 1.0, 30.0, 100.0])
@pytest.mark.parametrize("rises", [None, 0.5, 2.0, 4.0, 8.0, 100.0])
@pytest.mark.parametrize("travel", [20.0, 200.0])
def test_a_suggestion_is_within_its_bracket_and_its_spread(
    falls: float | None, rises: float | None, travel: float
) -> None:
    one = found(falls=falls, rises=rises, travel=travel)
    if one.warning is None:
        assert (one.low or 0) <= one.suggestion <= (one.high or np.inf)
        assert one.spread[0] <= one.suggestion <= one.spread[1]


def test_an_end_within_the_noise_of_the_usual_rate_is_there() -> None:
    one = found(falls=None, rises=6.0)
    assert one.turns is not None
    assert one.turns / 3 != one.high
    assert (one.suggestion, one.high) == (1, 1)


def test_a_head_that_starts_at_its_minimum_tells_only_the_upper_end() -> None:
    one = found(falls=None, rises=2.0)
    assert one.low is None
    assert one.high is not None
    assert 0.1 < one.suggestion == one.high < 0.3
    assert found(falls=None, rises=None).suggestion == 1


def test_a_suggestion_that_is_far_away_is_not_followed() -> None:
    one = found(falls=None, rises=0.02)
    assert one.suggestion == 1
    assert one.warning is not None
    assert "more than 30 times away" in one.warning


def test_a_sweep_diverges_at_infinity_or_far_above_its_start() -> None:
    flat = [2.0] * 20
    assert not diverged(flat)
    assert diverged([*flat, float("inf")])
    assert diverged([*flat, 9.0, 9.0, 9.0])
    assert limit(np.array([*flat, *np.linspace(2.0, 0.0, 20)])) > 6


def test_the_median_ends_where_most_curves_have_ended() -> None:
    short, long = Curve(FACTORS[:30], np.full(30, 2.0)), Curve(FACTORS, np.full(90, 1.0))
    assert len(median([short, short, long]).losses) == 31
    assert np.isinf(median([short, short, long]).losses[-1])
    assert len(median([short, long, long]).losses) == 90
