"""The figures that metrics compute: names, direction, standard error. No torch here."""

from __future__ import annotations

import math

_ERRORS = frozenset({"loss", "mse", "rmse", "mae", "wer", "cer", "perplexity", "spectrogram_distance", "mcd"})
_PROPORTIONS = frozenset({"accuracy", "top5_accuracy", "exact_match"})


def lower_is_better(name: str) -> bool:
    """Whether the figure called `name` is better when it is lower."""
    return name in _ERRORS


def is_proportion(name: str) -> bool:
    """Whether the figure called `name` is a proportion of examples."""
    return name in _PROPORTIONS


def standard_error(name: str, value: float, n: int) -> float:
    """One binomial standard error of the figure called `name` over `n` examples.

    0.0 for a figure that is not a proportion of examples, and for no examples.
    """
    if name not in _PROPORTIONS or n < 1:
        return 0.0
    return math.sqrt(max(0.0, value * (1.0 - value)) / n)
