"""Contributions of examples to figures of sums."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ftcli.metrics.intervals import of_sums
from ftcli.metrics.of_examples import influence
from ftcli.metrics.of_examples.influence import contributions
from ftcli.metrics.of_examples.resampled import errors, number_sums, per_class, ratios


def counts(size: int, classes: int, right: float = 0.7) -> NDArray[np.float64]:
    """Hits, predicted and true of examples of one class each: the first is common, the last never there."""
    generator = np.random.default_rng(0)
    true = np.minimum(generator.geometric(0.6, size), classes - 1) - 1
    said = np.where(generator.random(size) < right, true, generator.integers(0, classes - 1, size))
    one, other = np.eye(classes)[true], np.eye(classes)[said]
    return np.concatenate([one * other, other, one], axis=1)


def test_a_mean_of_scores_is_of_these_scores() -> None:
    right = np.array([1.0, 0.0, 1.0, 1.0, 0.0])
    found = contributions(np.stack([right, np.ones(5)], axis=1), ratios(("accuracy",)), "accuracy")
    assert found.tolist() == right.tolist()


@pytest.mark.parametrize("name", ["f1_macro", "recall_macro", "precision_micro"])
def test_the_mean_is_the_figure_and_the_spread_that_of_the_bootstrap(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    statistics = counts(600, 5)
    found = contributions(statistics, per_class, name)
    assert found.mean() == pytest.approx(per_class(statistics.sum(axis=0)[None])[name][0], abs=1e-6)
    interval = of_sums(lambda: statistics, statistics.shape, per_class)[name]
    half = 1.96 * found.std(ddof=1) / len(found) ** 0.5
    assert half == pytest.approx((interval.high - interval.low) / 2, rel=0.15)
    monkeypatch.setattr(influence, "_TOGETHER", 1)
    assert contributions(statistics, per_class, name) == pytest.approx(found)


def test_one_example_less_changes_the_figure_by_its_contribution() -> None:
    statistics = counts(600, 4)
    found = contributions(statistics, per_class, "f1_macro")
    whole = per_class(statistics.sum(axis=0)[None])["f1_macro"][0]
    for left_out in (0, 7, 311):
        less = per_class(np.delete(statistics, left_out, axis=0).sum(axis=0)[None])["f1_macro"][0]
        assert (whole - less) * 599 == pytest.approx(found[left_out] - whole, abs=0.05)


def test_figures_of_numbers() -> None:
    generator = np.random.default_rng(1)
    true = generator.normal(size=50)
    said = true + generator.normal(size=50)
    found = contributions(number_sums(said, true), errors, "mse")
    assert found == pytest.approx((said - true) ** 2, abs=1e-3)
