"""Intervals: known answers, and how often they hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ftcli.metrics.intervals import bootstrap, of_means, of_sums, proportion, wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_symmetric_and_stays_within_0_and_1() -> None:
    for n in (1, 2, 17, 1000):
        assert wilson(0, n)[0] == 0.0
        assert wilson(n, n)[1] == 1.0
        low, high = wilson(n // 3, n)
        assert wilson(n - n // 3, n) == pytest.approx((1 - high, 1 - low))


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_needs_examples(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="examples"):
        wilson(hits, n)


def test_a_proportion_names_its_method() -> None:
    assert proportion(0.8625, 80) == (*wilson(69, 80), "Wilson, 95 %")


def test_a_mean_has_the_width_of_its_standard_error() -> None:
    """In closed form: 1.96 standard errors on both sides."""
    values = np.random.default_rng(1).normal(3.0, 2.0, 500)
    found = of_means({"mean": values})["mean"]
    error = values.std() / math.sqrt(len(values))
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.15 * error)
    assert found.method == "bootstrap, 1000 resamples of the examples, 95 %"


def test_it_is_the_same_each_time() -> None:
    values = np.random.default_rng(2).normal(size=50)
    assert of_means({"mean": values}) == of_means({"mean": values})


def test_equal_examples_may_be_resampled_together() -> None:
    """Of 200 examples 60 are hits: as two groups, and one by one."""
    sizes = np.array([60, 140])
    grouped = bootstrap(lambda counts: {"share": counts[:, 0] / counts.sum(axis=1)}, sizes)["share"]
    single = of_means({"share": np.repeat([1.0, 0.0], sizes)})["share"]
    assert grouped.low == pytest.approx(single.low, abs=0.01)
    assert grouped.high == pytest.approx(single.high, abs=0.01)


def test_figures_get_every_resample_whole() -> None:
    seen = []

    def size(counts: np.ndarray) -> dict[str, np.ndarray]:
        seen.append(counts)
        return {"first": counts[:, 0]}

    bootstrap(size, np.ones(30, dtype=np.int64))
    counts = np.concatenate(seen)
    assert counts.shape == (1000, 30)
    assert (counts.sum(axis=1) == 30).all()
    # Each example comes once on average, with the variance of a binomial number.
    assert counts.mean(axis=0) == pytest.approx(1.0, abs=0.15)
    assert counts.var() == pytest.approx(29 / 30, rel=0.05)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    held = 0
    for _ in range(100):
        found = of_means({"mean": random.normal(5.0, 1.0, 60)})["mean"]
        held += found.low <= 5.0 <= found.high
    assert 88 <= held <= 100


@pytest.mark.parametrize("values", [np.zeros(50), np.arange(9.0), np.full(50, np.nan)])
def test_what_resamples_say_nothing_of_has_no_interval(values: np.ndarray) -> None:
    """Equal values, few examples, no number."""
    assert of_means({"mean": values}) == {}


def test_many_examples_have_fewer_resamples_and_very_many_none() -> None:
    def unread() -> np.ndarray:
        raise AssertionError("statistics were made for nothing")

    assert of_sums(unread, (1_000_000, 5), lambda sums: {}) == {}
    assert of_sums(unread, (10_000, 50_000), lambda sums: {}) == {}
    found = of_means({"mean": np.random.default_rng(4).normal(size=200_000)})["mean"]
    assert "1000" not in found.method
