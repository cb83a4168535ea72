"""A cost as a curve over size."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.runs.measuring.curve import Curve


def test_points_on_a_curve_give_it_back() -> None:
    sizes = [100, 400, 1000]
    found = Curve.through(sizes, [2 + 0.5 * x + 0.001 * x * x for x in sizes])
    assert (found.fixed, found.each, found.square) == pytest.approx((2, 0.5, 0.001))
    assert found(2000) == pytest.approx(5002 - 0.0)


def test_two_points_are_a_line_and_one_a_proportion() -> None:
    line = Curve.through([4, 16], [3, 9])
    assert (line.fixed, line.each, line.square) == pytest.approx((1, 0.5, 0))
    assert Curve.through([4, 4], [2, 2])(8) == pytest.approx(4)


def test_no_term_is_negative() -> None:
    found = Curve.through([10, 20, 30], [1.0, 3.0, 4.0])  # a line through these begins below nothing
    assert min(found.fixed, found.each, found.square) >= 0
    assert found.total(np.array([10, 20, 30])) == pytest.approx(8.0, rel=0.2)
    assert Curve.through([10, 20], [2.0, 1.0])(15) == pytest.approx(1.5, rel=0.3)


def test_no_points_are_no_curve() -> None:
    with pytest.raises(ValueError, match="a point"):
        Curve.through([], [])
    assert Curve()(100) == 0
