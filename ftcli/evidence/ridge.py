"""Ridge regression from one eigendecomposition: what each example would get by a fit without it, for any strength."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ftcli.evidence.coordinates import Coordinates

Array = NDArray[np.float64]
# Strengths that are tried, as multiples of the mean sum of squares of a direction.
RELATIVE = 10.0 ** np.arange(-6, 6.25, 0.25)


def left_out(
    directions: Array,
    spectrum: Array,
    targets: Array,
    strength: float,
    groups: NDArray[np.int64] | None = None,
) -> Array:
    """What a fit without an example, or without its group, predicts of it, (N, K), exactly and without fitting again.

    `directions` (N, R) are centred and uncorrelated, with sums of squares `spectrum` (R,); of `targets` (N, K) the mean
    is fitted without the example, too. `groups` (N,) number the groups from 0.
    """
    mean = targets.mean(axis=0)
    shrunk = directions / (spectrum + strength)
    errors = targets - mean - directions @ (shrunk.T @ (targets - mean))
    own = np.einsum("nr,nr->n", directions, shrunk) + 1 / len(targets)
    left: Array = errors / (1 - own)[:, None]
    for members in () if groups is None else _several(groups):
        among = directions[members] @ shrunk[members].T + 1 / len(targets)
        left[members] = np.linalg.solve(np.eye(len(members)) - among, errors[members])
    return targets - left


def best_strength(
    directions: Array, spectrum: Array, targets: Array, groups: NDArray[np.int64] | None = None
) -> float:
    """The strength with the lowest squared error of what is left out, of standardised targets (N, K)."""
    strengths = spectrum[spectrum > 0].mean() * RELATIVE
    errors = [
        ((left_out(directions, spectrum, targets, one, groups) - targets) ** 2).mean() for one in strengths
    ]
    return float(strengths[int(np.argmin(errors))])


def solved(coordinates: Coordinates, seen: NDArray[np.bool_], targets: Array, strength: float) -> Array:
    """The parameters (fits, R + 1, K) of fits that see these examples (fits, N)."""
    share = seen / seen.sum(axis=1, keepdims=True)
    mean = share @ targets
    columns = coordinates.columns[..., :-1]
    training = columns * seen[..., None]
    transposed = training.transpose(0, 2, 1)
    squares = transposed @ training + strength * np.eye(columns.shape[2])
    weight = np.linalg.solve(squares, transposed @ (targets - mean[:, None]))
    return np.concatenate([weight, mean[:, None]], axis=1)


def _several(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The members of each group that has several."""
    order = np.argsort(groups, kind="stable")
    ends = np.cumsum(np.bincount(groups))[:-1]
    return [one for one in np.split(order, ends) if len(one) > 1]
