from __future__ import annotations

import numpy as np
import pytest

from ftcli.evidence.coordinates import Standardised
from ftcli.evidence.folds import masks
from tests.evidence.samples import classes


@pytest.mark.parametrize("width", [7, 90])
def test_columns_are_standardised_by_what_a_fit_sees(width: int) -> None:
    features, labels = classes(40, width)
    features[:, 2] = 0.1
    seen = masks(labels, None, seed=0)
    coordinates = Standardised(features).coordinates(seen)
    generator = np.random.default_rng(0)
    for fit, rows in enumerate(seen):
        mean, deviation = features[rows].mean(axis=0), features[rows].std(axis=0)
        plain = (features - mean) * np.divide(1, deviation, out=0 * deviation, where=deviation > 1e-9)
        # Any weights within the span of the examples give the same answers, with the same squared length.
        parameters = generator.normal(size=(len(seen), coordinates.columns.shape[2], 1))
        if width == 90:
            parameters[:, :-1, 0] *= coordinates.spectrum > 0
        weight, bias = coordinates.of_features(parameters)
        answers = coordinates.columns[fit] @ parameters[fit]
        np.testing.assert_allclose(features @ weight[fit].T + bias[fit], answers, atol=1e-9)
        standard = weight[fit, 0] * deviation
        np.testing.assert_allclose(plain @ standard + answers[rows].mean(), answers[:, 0], atol=1e-9)
        if width == 90:
            length = (parameters[fit, :-1] ** 2).sum()
            np.testing.assert_allclose((standard**2).sum(), length, rtol=1e-9)


@pytest.mark.parametrize("width", [7, 90])
def test_directions_are_independent(width: int) -> None:
    features, _ = classes(40, width)
    directions, spectrum = Standardised(features).directions()
    np.testing.assert_allclose(directions.T @ directions, np.diag(spectrum), atol=1e-9)
    np.testing.assert_allclose(spectrum.sum(), 40 * width)


def test_fits_come_in_parts_that_memory_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = classes(40, 7)
    seen = masks(labels, None, seed=0)
    whole = Standardised(features).coordinates(seen).columns
    monkeypatch.setattr("ftcli.evidence.coordinates.TOGETHER", 700)
    parts = list(Standardised(features).together(seen))
    assert [part.stop - part.start for part, _ in parts] == [2] * 10
    np.testing.assert_array_equal(np.concatenate([one.columns for _, one in parts]), whole)
