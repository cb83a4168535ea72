"""Figures of numbers against scikit-learn and scipy."""

from __future__ import annotations

import pytest
import torch
from scipy.stats import pearsonr
from sklearn import metrics as sk

from ftcli.metrics.moments import Moments
from ftcli.metrics.ranking import Spearman
from tests.metrics.samples import (
    ROWS,
    normal,
    numbers,
    scored,
)

# ----------------------------------------------------------------------------------------------- single label


def test_moments_agree_with_scikit_learn_and_scipy() -> None:
    outputs, targets = numbers()
    expected = {
        "mse": sk.mean_squared_error(targets, outputs),
        "rmse": sk.root_mean_squared_error(targets, outputs),
        "mae": sk.mean_absolute_error(targets, outputs),
        "r2": sk.r2_score(targets, outputs),
        "pearson": pearsonr(outputs, targets).statistic,
    }
    assert scored(Moments(), outputs, targets) == pytest.approx(expected, rel=1e-13)


def test_moments_survive_a_spread_that_is_tiny_beside_the_mean() -> None:
    outputs, targets = (values + 1e9 for values in numbers())
    metric = Moments()
    for start in range(0, ROWS, 7):
        metric.update(outputs[start : start + 7], targets[start : start + 7])
    small = scored(Moments(), outputs - 1e9, targets - 1e9)
    assert metric.compute() == pytest.approx(small, rel=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.1, 12345.678])
def test_constant_targets_have_no_r2_and_constant_outputs_no_correlation(value: float) -> None:
    varied, constant = normal(9).double(), torch.full((9,), value, dtype=torch.float64)
    assert set(scored(Moments(), varied, constant)) == {"mse", "rmse", "mae"}
    assert set(scored(Moments(), constant, varied)) == {"mse", "rmse", "mae", "r2"}
    assert scored(Spearman(), varied, constant) == scored(Spearman(), constant, varied) == {}


def test_an_output_that_is_no_number_gives_no_figure() -> None:
    broken = torch.tensor([1.0, float("nan")])
    assert scored(Moments(), broken, torch.tensor([1.0, 2.0])) == {}
    assert scored(Spearman(), broken, torch.tensor([1.0, 2.0])) == {}
