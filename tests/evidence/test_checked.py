from __future__ import annotations

import numpy as np
import pytest

from ftcli.errors import EvidenceError
from ftcli.evidence.checked import centred, finite, inverse


def test_columns_that_vary_by_rounding_only_are_constant() -> None:
    features = np.full((50, 3), 0.1, dtype=np.float32)
    features[7, 1] = 0.2
    features[7, 2] = np.nextafter(features[7, 2], 1)
    columns, mean, deviation = centred(features)
    assert (deviation > 0).tolist() == [False, True, False]
    assert not columns[:, [0, 2]].any()
    np.testing.assert_allclose(columns[:, 1] + mean[1], features[:, 1])


def test_features_without_information_are_a_mistake() -> None:
    with pytest.raises(EvidenceError, match="the same for all"):
        centred(np.full((5, 3), 0.1, dtype=np.float32))
    with pytest.raises(EvidenceError, match="The features of 2 of 5 examples are not finite"):
        finite([[1.0], [np.nan], [2.0], [-np.inf], [3.0]])


def test_nothing_has_no_inverse() -> None:
    assert inverse(np.array([4.0, 0.0])).tolist() == [0.25, 0.0]


def test_a_column_that_varies_by_far_less_than_the_others_is_constant() -> None:
    # Some dimensions of MiniLM are of the order 1e-32: standardised, they would give weights of 1e29.
    features = np.random.default_rng(0).normal(size=(40, 3)) * [1.0, 1e-32, 1e-5]
    assert (centred(features)[2] > 0).tolist() == [True, False, True]
