"""Which examples are held out together: folds of equal size that hold each class alike and never part a group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftcli.errors import EvidenceError

Whole = NDArray[np.int64]
# Folds of one division, and as many divisions as bring small data to this number of held-out answers, at most.
FOLDS, ANSWERS, MOST_REPEATS = 5, 200, 4


def masks(strata: ArrayLike, groups: ArrayLike | None, seed: int) -> NDArray[np.bool_]:
    """What each fit may see, `(repeats * folds, N)`: each of the repeats holds out every example once.

    `strata` (N,) are spread over the folds evenly; examples of the same one of `groups` (N,) are in the same fold.
    There are `FOLDS` folds, fewer where there are fewer examples or groups; below `ANSWERS` examples, several repeats.

    Raises:
        EvidenceError: all examples are of one group.
    """
    kinds = np.unique(np.asarray(strata), return_inverse=True)[1]
    places = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    count = len(kinds)
    folds = min(FOLDS, count if places is None else int(places.max()) + 1)
    if folds < 2:
        raise EvidenceError("All examples are of one group: none can be held out.")
    repeats = min(MOST_REPEATS, -(-ANSWERS // count))
    generator = np.random.default_rng(seed)
    rows = []
    for _ in range(repeats):
        fold = _dealt(kinds, folds, generator) if places is None else _packed(kinds, places, folds, generator)
        rows.append(fold[None] != np.arange(folds)[:, None])
    return np.concatenate(rows)


def _dealt(kinds: Whole, folds: int, generator: np.random.Generator) -> Whole:
    """The fold of each example: each stratum in random order, dealt out like cards, one stratum after the other."""
    order = generator.permutation(len(kinds))
    order = order[np.argsort(kinds[order], kind="stable")]
    fold = np.empty(len(kinds), dtype=np.int64)
    fold[order] = np.arange(len(kinds)) % folds
    return generator.permutation(folds)[fold]


def _packed(kinds: Whole, places: Whole, folds: int, generator: np.random.Generator) -> Whole:
    """The fold of each example where groups stay whole: the largest first, each where it unbalances least."""
    counts = np.zeros((int(places.max()) + 1, int(kinds.max()) + 1))
    np.add.at(counts, (places, kinds), 1)
    order = generator.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(axis=1), kind="stable")]
    shares = counts.sum(axis=0)
    held = np.zeros((folds, counts.shape[1]))
    chosen = np.empty(len(counts), dtype=np.int64)
    for group in order:
        # What the squared shares of the strata in a fold grow by; the size of the fold decides between equals.
        growth = (held * counts[group] / shares**2).sum(axis=1) + 1e-6 * held.sum(axis=1) / len(places)
        chosen[group] = int(np.argmin(growth))
        held[chosen[group]] += counts[group]
    return chosen[places]
