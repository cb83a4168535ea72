"""Weights are compared one by one: what no row shows is found."""

from __future__ import annotations

import numpy as np
import pytest

from ftcli.errors import ParityError
from ftcli.ship.parity.weights import compare_weights

WEIGHTS = np.arange(6, dtype=np.float32).reshape(2, 3)


def test_equal_weights_are_counted_and_the_first_other_is_named() -> None:
    assert compare_weights([("a", WEIGHTS, WEIGHTS), ("b", WEIGHTS, WEIGHTS.copy())]) == 2
    spoilt = WEIGHTS.copy()
    spoilt[1, 2] += 0.01
    with pytest.raises(ParityError, match=r"weights: b differs in 1 of 6 elements, by 0\.01 at most"):
        compare_weights([("a", WEIGHTS, WEIGHTS), ("b", WEIGHTS, spoilt)])
    with pytest.raises(ParityError, match=r"weights: b has the shape \(3, 2\) in place of \(2, 3\)"):
        compare_weights([("b", WEIGHTS, WEIGHTS.T)])


def test_what_is_not_a_number_in_both_is_equal() -> None:
    nothing = np.array([[np.nan]])
    assert compare_weights([("a", nothing, nothing)]) == 1
