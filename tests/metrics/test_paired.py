"""Paired tests against scipy, and against what is known by counting."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from ftcli.metrics.paired import EXACT, mcnemar, paired


@pytest.mark.parametrize(
    ("a_only", "b_only"),
    [(0, 0), (1, 0), (0, 5), (3, 3), (3, 4), (2, 9), (10, 25), (400, 470), (30_000, 30_600)],
)
def test_mcnemar_is_the_binomial_test_of_a_half(a_only: int, b_only: int) -> None:
    n = a_only + b_only
    expected = binomtest(a_only, n, 0.5).pvalue if n else 1.0
    assert mcnemar(a_only, b_only) == pytest.approx(expected, rel=1e-9)
    assert mcnemar(b_only, a_only) == mcnemar(a_only, b_only)


def test_right_and_wrong_are_compared_by_mcnemar() -> None:
    a = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    b = [1, 1, 0, 1, 1, 1, 1, 1, 1, 0]
    result = paired(a, b)
    assert (result.method, result.n, result.a_only, result.b_only) == (EXACT, 10, 1, 6)
    assert result.difference == pytest.approx(0.5)
    assert result.p == pytest.approx(16 / 128)  # 2 (1 + 7) / 2**7


def test_few_differences_are_counted_out() -> None:
    """All 8 differences point one way: of 256 assignments of signs, 2 are as far out."""
    a = np.linspace(0.1, 0.8, 8)
    result = paired(a.tolist(), (a + np.linspace(0.01, 0.02, 8)).tolist())
    assert (result.method, result.p) == ("sign flips, all", 2 / 256)
    assert paired(a.tolist(), a.tolist()).p == 1.0


def test_differences_that_cancel_out_are_no_sign_of_anything() -> None:
    """In floats their sum is not quite 0, and that of other signs is."""
    a = [0.0, 0.0, 0.0]
    b = [0.1, 0.2, -0.3]
    assert sum(b) != 0
    assert paired(a, b).p == 1.0
    assert paired(a * 6, b * 6).p == 1.0


def test_many_differences_agree_with_scipy_and_the_seed_decides() -> None:
    generator = np.random.default_rng(1)
    a = generator.normal(size=60)
    b = a + generator.normal(0.25, 1, size=60)
    expected = permutation_test(
        (b - a,), np.mean, permutation_type="samples", n_resamples=20_000, rng=2, vectorized=True
    ).pvalue
    result = paired(a.tolist(), b.tolist())
    assert result == paired(a.tolist(), b.tolist())
    assert result.p == pytest.approx(expected, abs=0.012)
    assert result.method == "sign flips, 10,000 at random"
    assert paired(b.tolist(), a.tolist()).p == result.p


def test_models_that_are_alike_are_seldom_found_different() -> None:
    generator = np.random.default_rng(3)
    ps = [paired(generator.normal(size=30).tolist(), generator.normal(size=30).tolist()).p for _ in range(60)]
    assert sum(p <= 0.05 for p in ps) <= 8
    assert max(ps) > 0.8


@pytest.mark.parametrize(("a", "b"), [([], []), ([1.0], [1.0, 0.0]), ([float("nan")], [1.0])])
def test_what_cannot_be_compared_is_an_error(a: list[float], b: list[float]) -> None:
    with pytest.raises(ValueError, match="score"):
        paired(a, b)


def test_it_needs_numpy_only() -> None:
    code = "import sys, ftcli.metrics.paired; print({'torch', 'scipy'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "set()\n"
    )
