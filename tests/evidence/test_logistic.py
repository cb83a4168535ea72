from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ftcli.evidence.coordinates import Standardised
from ftcli.evidence.folds import masks
from ftcli.evidence.logistic import Fits
from ftcli.evidence.losses import OneOf
from tests.evidence.samples import classes


@pytest.mark.parametrize(("width", "strength"), [(6, 0.3), (6, 30.0), (100, 3.0)])
def test_several_fits_at_once_are_those_of_scikit_learn(width: int, strength: float) -> None:
    features, labels = classes(48, width, apart=0.7)
    seen = masks(labels, None, seed=0)
    fits = Fits(Standardised(features).coordinates(seen), seen, OneOf(labels, 3))
    fits.solve(strength * 10, 1e-5)
    fits.solve(strength, 1e-18)
    weight, bias = fits.of_features()
    for fit in (0, 3):
        rows = seen[fit]
        mean, deviation = features[rows].mean(axis=0), features[rows].std(axis=0)
        theirs = LogisticRegression(C=1 / strength, tol=1e-12, max_iter=1000, solver="newton-cg")
        theirs.fit((features[rows] - mean) / deviation, labels[rows])
        expected = theirs.decision_function((features - mean) / deviation)
        ours = fits.logits()[fit]
        np.testing.assert_allclose(ours - ours.mean(axis=1, keepdims=True), expected, atol=1e-6)
        np.testing.assert_allclose(features @ weight[fit].T + bias[fit], ours, atol=1e-9)
