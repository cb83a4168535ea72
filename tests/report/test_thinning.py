"""Long curves as a few hundred points in which spikes are still there."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ftcli.report.thinning import MOST, Thinned


def thinned(values: list[float]) -> list[tuple[float, float]]:
    curve = Thinned()
    for x, y in enumerate(values):
        curve.add(x, y)
    return curve.points()


@pytest.mark.parametrize("size", [0, 1, 2, MOST - 1, MOST])
def test_what_is_short_is_whole(size: int) -> None:
    values = [float(-x % 7) for x in range(size)]
    assert thinned(values) == list(enumerate(values))


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=3_000))
def test_the_points_are_some_of_those_given_with_the_ends_and_the_extremes(values: list[float]) -> None:
    points = thinned(values)
    assert len(points) <= MOST
    assert all(values[int(x)] == y for x, y in points)
    assert points == sorted(points)
    assert points[0] == (0.0, values[0])
    assert points[-1] == (len(values) - 1.0, values[-1])
    assert {min(values), max(values)} <= {y for _, y in points}


def test_every_spike_of_a_long_curve_is_there() -> None:
    values = [random.Random(0).random() for _ in range(100_000)]
    for x in range(500, 100_000, 1_000):
        values[x] = 9.0
    points = thinned(values)
    assert 200 <= len(points) <= MOST
    assert sum(y == 9.0 for _, y in points) == 100
