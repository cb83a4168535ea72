from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.linear_model import Ridge

from ftcli.evidence.coordinates import Standardised
from ftcli.evidence.ridge import best_strength, left_out
from tests.evidence.samples import numbers


@pytest.mark.parametrize("width", [9, 80])
def test_what_is_left_out_is_that_of_fits_without_it(width: int) -> None:
    features, values = numbers(30, width)
    groups = np.random.default_rng(0).integers(0, 20, 30)
    standardised = Standardised(features)
    directions, spectrum = standardised.directions()
    alone = left_out(directions, spectrum, values, 2.0)
    together = left_out(directions, spectrum, values, 2.0, groups)
    for row in range(8):
        for found, others in ((alone, np.arange(30) != row), (together, groups != groups[row])):
            theirs = Ridge(alpha=2.0).fit(standardised.columns[others], values[others])
            np.testing.assert_allclose(found[row], theirs.predict(standardised.columns[[row]])[0], rtol=1e-9)


@pytest.mark.parametrize(
    ("data", "strength", "accuracy"),
    [(load_iris, 1.703, 0.840000), (load_wine, 135.3, 0.955056), (load_digits, 921.5, 0.948000)],
)
def test_published_accuracies_of_one_against_the_rest(data, strength: float, accuracy: float) -> None:  # type: ignore[no-untyped-def]
    features, labels = (part[:500] for part in data(return_X_y=True))
    features = features - features.mean(axis=0)
    spectrum, vectors = np.linalg.eigh(features.T @ features)
    targets = np.where(np.eye(labels.max() + 1)[labels] > 0, 1.0, -1.0)
    found = left_out(features @ vectors, np.maximum(spectrum, 0), targets, strength)
    assert round((found.argmax(axis=1) == labels).mean(), 6) == accuracy


def test_noise_is_shrunk_more_than_what_repeats() -> None:
    features, values = numbers(60, 9, outputs=1)
    directions, spectrum = Standardised(features).directions()
    values = (values - values.mean()) / values.std()
    noise = np.random.default_rng(1).permutation(values)
    assert best_strength(directions, spectrum, noise) > 100 * best_strength(directions, spectrum, values)
