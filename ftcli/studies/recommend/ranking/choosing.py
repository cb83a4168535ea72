"""The answer: the cheapest candidate that is not worse than the best by more than noise. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ftcli.metrics.intervals import of_means
from ftcli.metrics.paired import paired


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean score of a candidate minus that of the best, on the same examples.

    `error` is its standard error, `low` and `high` are the limits of 95 % of a paired bootstrap, None of too few
    examples for one, and `p` is that of a paired test.
    """

    mean: float
    error: float
    low: float | None
    high: float | None
    p: float

    @property
    def separated(self) -> bool:
        """Whether the candidate is worse or better beyond doubt."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high

    @property
    def small(self) -> bool:
        """Whether it costs no more than noise to take the candidate: one standard error, and not beyond doubt.

        The rule of one standard error (Breiman et al. 1984, "Classification and Regression Trees", section 3.4.3). That
        a test finds no difference would not do: with few examples it finds none of ten points.
        """
        # One example of N is an error of 1/N, but for rounding.
        within = -self.mean <= self.error * (1 + 1e-9)
        return within and (self.mean >= 0 or not self.separated)


def difference(best: Sequence[float], other: Sequence[float]) -> Difference:
    """Compare the scores (N,) of two candidates on the same examples, in one order; higher is better."""
    apart = np.asarray(other, dtype=np.float64) - np.asarray(best, dtype=np.float64)
    size = apart.size
    error = float(apart.std(ddof=1) / np.sqrt(size)) if size > 1 else float("inf")
    mean, known = float(apart.mean()), of_means({"difference": apart}).get("difference")
    # One difference on all examples leaves no doubt.
    constant = (mean, mean) if size > 1 and np.ptp(apart) == 0 else (None, None)
    low, high = (known.low, known.high) if known is not None else constant
    return Difference(mean, error, low, high, paired(best, other).p)


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate as the choice sees it: its costs, the first of which decides, and how it differs from the best."""

    costs: tuple[float, ...]
    # None of the best itself.
    difference: Difference | None = None


def cheapest(options: Sequence[Option]) -> int:
    """The number of the cheapest option that is the best or differs from it by noise."""
    fitting = [i for i, one in enumerate(options) if one.difference is None or one.difference.small]
    return min(fitting, key=lambda i: (options[i].costs, i))


def alike(options: Sequence[Option]) -> bool:
    """Whether no option differs from the best beyond doubt; of one option that cannot be said."""
    others = [one.difference for one in options if one.difference is not None]
    return bool(others) and not any(one.separated for one in others)


def undominated(scores: Sequence[float], costs: Sequence[tuple[float, ...]]) -> list[bool]:
    """Whether no other has at least the score at no higher cost of any kind, and is better in one: Pareto's set."""
    points = [(-score, *cost) for score, cost in zip(scores, costs, strict=True)]
    return [not any(_dominates(other, point) for other in points) for point in points]


def _dominates(other: Sequence[float], point: Sequence[float]) -> bool:
    return other != point and all(a <= b for a, b in zip(other, point, strict=True))


def separated(options: Sequence[Option]) -> bool:
    """Whether the best is known beyond doubt, so that a race would say nothing new."""
    others = [one.difference for one in options if one.difference is not None]
    return all(one.separated and one.mean < 0 for one in others)
