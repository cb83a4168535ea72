"""Whether two models differ on the same examples. numpy only.

Where every score is 0 or 1, McNemar's exact test: were both models alike, an example that only one of them has right
would be the one's as often as the other's (McNemar 1947, doi:10.1007/BF02295996). Otherwise a permutation test of the
mean: each difference could as well have the other sign (Fisher 1935, "The Design of Experiments", section 21).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXACT, FLIPS = "McNemar, exact", "sign flips"
# Random assignments of signs: as many for a few examples, fewer for very many, so that it takes seconds at most.
_RESAMPLES, _LEAST, _SIGNS = 10_000, 1_000, 200_000_000
# Up to so many differences that are not 0, all assignments of signs are tried.
_ENUMERATED = 13
_AT_ONCE = 4_000_000
_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Paired:
    """The result of a paired test of `b` against `a`.

    `difference` is the mean score of b minus that of a; `p` is two-sided; `a_only` and `b_only` count the examples on
    which a or b scores more than the other.
    """

    difference: float
    p: float
    method: str
    n: int
    a_only: int
    b_only: int


def paired(a: Sequence[float], b: Sequence[float], *, seed: int = 0) -> Paired:
    """Compare the scores of two models on the same examples, in the same order; higher is better.

    Raises `ValueError` for scores that are not as many, not finite, or none.
    """
    first, second = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape or not first.size:
        raise ValueError(f"scores of the same examples are wanted, not {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("a score is not a finite number")
    differences = second - first
    a_only, b_only = int((differences < 0).sum()), int((differences > 0).sum())
    if np.isin(first, (0, 1)).all() and np.isin(second, (0, 1)).all():
        method, p = EXACT, mcnemar(a_only, b_only)
    else:
        method, p = _sign_flips(differences[differences != 0], first.size, seed)
    return Paired(float(differences.mean()), p, method, int(first.size), a_only, b_only)


def mcnemar(a_only: int, b_only: int) -> float:
    """The two-sided p-value of McNemar's exact test: a binomial test of a half."""
    n, fewer = a_only + b_only, min(a_only, b_only)
    if 2 * fewer >= n - 1:  # half of them, or next to it: both tails are everything
        return 1.0
    k = np.arange(fewer, dtype=np.float64)
    logs = np.concatenate(
        ([0.0], np.cumsum(np.log((n - k) / (k + 1))))
    )  # log of n over k, for k = 0 ... fewer
    most = float(logs.max())
    tail = math.log(float(np.exp(logs - most).sum())) + most - n * math.log(2)
    return min(1.0, 2 * math.exp(tail))


def _sign_flips(differences: _Numbers, n: int, seed: int) -> tuple[str, float]:
    """The method, in words, and the share of assignments of signs whose mean is at least as far from 0."""
    size = differences.size
    if size == 0:
        return f"{FLIPS}, all", 1.0
    # Sums that differ by rounding alone are the same, also where they cancel out and are next to 0.
    reached = abs(float(differences.sum())) - 1e-11 * float(np.abs(differences).sum())
    if size <= _ENUMERATED:
        bits = (np.arange(2**size)[:, None] >> np.arange(size)) & 1
        return f"{FLIPS}, all", float((np.abs((2.0 * bits - 1) @ differences) >= reached).mean())
    count = max(_LEAST, min(_RESAMPLES, _SIGNS // size))
    generator, hits = np.random.default_rng(seed), 0
    rows = max(1, _AT_ONCE // size)
    for start in range(0, count, rows):
        packed = generator.integers(0, 256, (min(rows, count - start), (size + 7) // 8), dtype=np.uint8)
        signs = np.unpackbits(packed, axis=1, count=size).astype(np.float64)
        hits += int((np.abs(2 * (signs @ differences) - differences.sum()) >= reached).sum())
    return f"{FLIPS}, {count:,} at random", (hits + 1) / (count + 1)
