"""Candidates in an order: the mean of their ranks by several measures and by what is published of them.

Evidence with a prior beats either on published tables of transfer; the weight of the prior falls with the examples that
the evidence has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# With so many examples the prior counts half.
HALF = 500
_Numbers = NDArray[np.float64]


def ranks(values: Sequence[Any]) -> _Numbers:
    """The rank of each value, (N,): 1 for the largest, and the mean of the ranks for equal ones.

    Values are numbers, or tuples of them. None is less than all others.
    """
    sizes = [sum(_above(other, value) for other in values) for value in values]
    equal = [sum(other == value for other in values) for value in values]
    return np.asarray(sizes, dtype=np.float64) + (np.asarray(equal, dtype=np.float64) + 1) / 2


def _above(other: Any, value: Any) -> bool:
    return other is not None and (value is None or other > value)


def prior_weight(examples: int, *, comparable: bool) -> float:
    """What the prior counts beside the evidence, 0 to 1; nothing where what is published is not of one measure."""
    return 1 / (1 + examples / HALF) if comparable else 0.0


def pooled(measures: Mapping[str, Sequence[Any]], prior: Sequence[Any], weight: float) -> _Numbers:
    """The pooled rank of each candidate, (N,), the best has the least.

    `measures` and `prior` have a value for each candidate, larger ones are better. Without measures, or where a
    candidate has none, the prior alone counts.
    """
    by_prior = ranks(prior)
    if not measures:
        return by_prior
    by_evidence = np.mean([ranks(values) for values in measures.values()], axis=0)
    mixed: _Numbers = (1 - weight) * by_evidence + weight * by_prior
    return mixed
