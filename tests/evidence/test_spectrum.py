from __future__ import annotations

import numpy as np
import pytest

from ftcli.evidence.spectrum import decomposed


@pytest.mark.parametrize(("count", "width", "rank"), [(30, 8, 7), (8, 30, 8), (12, 12, 11)])
def test_it_is_the_singular_value_decomposition_without_what_is_rounding(
    count: int, width: int, rank: int
) -> None:
    features = np.random.default_rng(0).normal(size=(count, width))
    features[:, 3] = features[:, 4]
    vectors, squares = decomposed(features)
    assert squares.shape == (rank,)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(rank), atol=1e-10)
    np.testing.assert_allclose(vectors * squares @ vectors.T, features @ features.T, atol=1e-10)
