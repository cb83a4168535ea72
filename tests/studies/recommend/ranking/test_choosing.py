"""The choice as pure functions, on made-up scores."""

from __future__ import annotations

import numpy as np

from ftcli.studies.recommend.ranking.choosing import (
    Difference,
    Option,
    alike,
    cheapest,
    difference,
    separated,
    undominated,
)


def _difference(mean: float, error: float = 0.01) -> Difference:
    return Difference(mean, error, mean - 2 * error, mean + 2 * error, 0.5)


def test_the_same_scores_do_not_differ() -> None:
    scores = [1.0, 0, 1, 1, 0]
    found = difference(scores, scores)
    assert (found.mean, found.error, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert found.small
    assert not found.separated


def test_a_large_difference_is_beyond_doubt() -> None:
    best, other = [1.0] * 200, [0.0] * 40 + [1.0] * 160
    found = difference(best, other)
    assert found.mean == -0.2
    assert found.separated
    assert not found.small
    assert found.low is not None
    assert found.high is not None
    assert -0.27 < found.low < -0.2 < found.high < -0.13
    assert found.p < 1e-9


def test_few_examples_that_prove_nothing_do_not_excuse_ten_points() -> None:
    """2 of 20 worse: no test finds that, and it is more than one standard error."""
    found = difference([1.0] * 20, [0.0] * 2 + [1.0] * 18)
    assert not found.separated
    assert not found.small


def test_an_interval_needs_ten_examples() -> None:
    found = difference([1.0] * 8, [0.0] * 4 + [1.0] * 4)
    assert (found.low, found.high, found.separated) == (None, None, False)


def test_the_interval_holds_the_difference_as_often_as_it_says() -> None:
    generator, held = np.random.default_rng(1), 0
    for _ in range(100):
        base = generator.random(300)
        best, other = (base < 0.8).astype(float), (base + generator.normal(0, 0.1, 300) < 0.75).astype(float)
        found = difference(best.tolist(), other.tolist())
        held += found.low is not None and found.high is not None and found.low <= -0.05 <= found.high
    assert held >= 90


def test_the_cheapest_within_noise_is_taken() -> None:
    options = [Option((100.0,)), Option((50.0,), _difference(-0.005)), Option((10.0,), _difference(-0.1))]
    assert cheapest(options) == 1


def test_the_best_is_taken_where_the_others_are_worse_or_dearer() -> None:
    assert cheapest([Option((10.0,)), Option((20.0,), _difference(0.0))]) == 0


def test_the_second_cost_decides_between_equals() -> None:
    options = [Option((10.0, 5.0)), Option((10.0, 2.0), _difference(0.0))]
    assert cheapest(options) == 1


def test_no_difference_is_said_only_of_several() -> None:
    assert not alike([Option((1.0,))])
    assert alike([Option((1.0,)), Option((1.0,), _difference(-0.01))])
    assert not alike([Option((1.0,)), Option((1.0,), _difference(-0.1))])


def test_a_race_is_needed_unless_all_others_are_worse_beyond_doubt() -> None:
    assert separated([Option((1.0,)), Option((1.0,), _difference(-0.1))])
    assert not separated(
        [Option((1.0,)), Option((1.0,), _difference(-0.1)), Option((1.0,), _difference(-0.01))]
    )
    assert not separated([Option((1.0,)), Option((1.0,), _difference(0.1))])


def test_what_is_worse_and_no_cheaper_is_not_in_the_set_of_pareto() -> None:
    scores, costs = [0.9, 0.8, 0.8, 0.7], [(10.0, 1.0), (5.0, 1.0), (6.0, 1.0), (20.0, 0.5)]
    assert undominated(scores, costs) == [True, True, False, True]
    assert undominated([0.5, 0.5], [(1.0,), (1.0,)]) == [True, True]
