"""How far a figure may be from that of all examples that there could be: intervals of 95 %. No torch here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts.measures import Interval

Floats = NDArray[np.float64]
# From counts (resamples, groups), how often each group of equal examples is in each resample, to figures (resamples,).
Figures = Callable[[Floats], Mapping[str, Floats]]

# The normal quantile of 97.5 %.
Z = 1.959963984540054
RESAMPLES, FEWEST_RESAMPLES = 1000, 200
# With fewer examples resamples are too much alike.
FEWEST_EXAMPLES = 10
# Nanoseconds for each resample: of each example to draw it, of each group and column to add it up, in all a second.
_TO_DRAW, _TO_ADD, _BUDGET = 10.0, 0.4, 1e9
# Counts that are in memory at once.
_TOGETHER = 2**21


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The interval of a proportion, `hits` of `n` examples (Wilson, 1927): never outside 0 to 1, nor of no width.

    Raises `ValueError` without an example.
    """
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits} of {n} examples")
    share, square = hits / n, Z * Z / n
    centre, half = share + square / 2, Z * math.sqrt(share * (1 - share) / n + square / (4 * n))
    low, high = ((centre + sign * half) / (1 + square) for sign in (-1, 1))
    return low if hits else 0.0, high if hits < n else 1.0


def proportion(share: float, n: int) -> Interval:
    """The interval of the `share` of `n` examples."""
    return Interval(*wilson(round(share * n), n), "Wilson, 95 %")


def bootstrap(figures: Figures, sizes: NDArray[Any], columns: int = 1) -> dict[str, Interval]:
    """Percentile intervals (Efron, 1979): the figures of resamples of the examples, drawn with replacement.

    `sizes` (G,) are the numbers of examples in groups of equal ones; ones, where all differ. `columns` is how many
    sums the figures are made of. The seed is fixed. There are fewer resamples where all would take more than about a
    second. There is no interval where even few would, where examples are few, and of a figure that is often undefined
    (NaN), or the same in all resamples, which then say nothing.
    """
    examples = int(sizes.sum())
    resamples = _affordable(examples, len(sizes), columns)
    if examples < FEWEST_EXAMPLES or resamples < FEWEST_RESAMPLES:
        return {}
    parts = [figures(counts) for counts in _drawn(sizes, resamples)]
    method = f"bootstrap, {resamples} resamples of the examples, 95 %"
    bounds = {name: _percentiles(np.concatenate([part[name] for part in parts])) for name in parts[0]}
    return {name: Interval(*both, method) for name, both in bounds.items() if both is not None}


def of_sums(
    statistics: Callable[[], Floats], shape: tuple[int, int], figures: Figures
) -> dict[str, Interval]:
    """`bootstrap` of figures that are made of sums.

    `statistics` gives what is summed, a row (K,) for each of N examples, and is called only where there are resamples;
    `shape` is (N, K), and `figures` takes sums (B, K).
    """
    known = cache(statistics)
    return bootstrap(lambda counts: figures(counts @ known()), np.ones(shape[0], dtype=np.int64), shape[1])


def of_means(values: Mapping[str, Floats]) -> dict[str, Interval]:
    """`bootstrap` of figures that are means of `values` (N,) of the examples."""
    columns = np.stack([*values.values()], axis=1)

    def means(sums: Floats) -> Mapping[str, Floats]:
        return dict(zip(values, sums.T / len(columns), strict=True))

    return of_sums(lambda: columns, columns.shape, means)


def _percentiles(values: Floats) -> tuple[float, float] | None:
    known = values[np.isfinite(values)]
    if len(known) < 0.95 * len(values):
        return None
    low, high = np.quantile(known, [0.025, 0.975]).tolist()
    return (low, high) if low < high else None


def _affordable(examples: int, groups: int, columns: int) -> int:
    cost = examples * _TO_DRAW + groups * columns * _TO_ADD
    return min(RESAMPLES, int(_BUDGET / max(cost, 1.0)))


def _drawn(sizes: NDArray[Any], resamples: int) -> Iterator[Floats]:
    """Counts (resamples, G) in a few parts."""
    random, groups, examples = np.random.default_rng(0), len(sizes), int(sizes.sum())
    each = max(1, _TOGETHER // groups)
    for start in range(0, resamples, each):
        rows = min(each, resamples - start)
        if groups < examples:
            yield random.multinomial(examples, sizes / examples, size=rows).astype(np.float64)
            continue
        drawn = random.integers(groups, size=(rows, examples)) + np.arange(rows)[:, None] * groups
        yield np.bincount(drawn.reshape(-1), minlength=rows * groups).reshape(rows, groups).astype(np.float64)
