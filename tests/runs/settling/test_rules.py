"""The rules of other tools, on curves whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.runs.settling import rules

RATES = np.geomspace(1e-3, 1e3, 61)


def bowl(low: float = 1.0, high: float = 100.0) -> rules.Values:
    """Flat, then falling from `low` on by the logarithm, then rising from `high` on."""
    fall = np.clip(np.log10(RATES / low), 0, np.log10(high / low))
    return np.asarray(3.0 - fall + 10 * np.clip(np.log10(RATES / high), 0, None))


def test_the_valley_is_the_middle_of_the_fall() -> None:
    assert 3 <= rules.valley(RATES, bowl()) <= 30


def test_the_minimum_is_a_tenth_of_the_lowest() -> None:
    assert rules.minimum(RATES, bowl()) == pytest.approx(10.0)


def test_steep_and_lightning_differ_by_what_they_divide_by() -> None:
    losses = 3.0 - 1 / (1 + np.exp(-4 * np.log10(RATES)))
    assert rules.steep(RATES, losses) == pytest.approx(1.0, rel=0.3)
    assert rules.lightning(RATES, losses) < 0.6 < rules.steep(RATES, losses)


def test_slide_comes_from_the_right() -> None:
    assert 1 <= rules.slide(RATES, bowl()) <= 1e3


def test_one_loss_is_no_curve() -> None:
    one, loss = RATES[:1], np.array([2.0])
    for rule in (rules.valley, rules.steep, rules.slide, rules.lightning):
        assert rule(one, loss) == RATES[0]


def test_smoothing_shifts_nothing_and_leaves_infinity_out() -> None:
    step = np.where(RATES < 1, 1.0, 0.0)
    assert np.interp(0.5, rules.smoothed(step)[::-1], np.log10(RATES)[::-1]) == pytest.approx(-0.05, abs=0.06)
    assert np.isfinite(rules.smoothed(np.array([1.0, np.inf, 1.0]))).all()
    assert rules.averaged(np.array([2.0, 2.0, 2.0])) == pytest.approx([2.0, 2.0, 2.0])
