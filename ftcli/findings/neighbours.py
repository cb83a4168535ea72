"""What the features of other examples say about the class of each: by its nearest neighbours, and linearly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Numbers = NDArray[np.int64]

NEAREST = 10
# Directions that are kept of features, and the penalty of the linear classifier for each example.
_DIRECTIONS, _PENALTY = 128, 0.1
# Training examples that the directions are found with.
_SEEN = 10_000
# The deviation of what is called the same for all.
_CONSTANT = 1e-6
# Rows that are compared with all others at once, which takes 100 MB for 50,000 of them.
_CHUNK = 500
# Values of which the greatest is looked at first, when the greatest of all are looked for.
_BLOCK = 32
# Examples that are more alike (cosine) are copies, which have the same right to be wrong.
_COPY = 1 - 1e-5


class Opinions(NamedTuple):
    """Of each example: the class that most of its neighbours `voted`, how many did, how many voted for its `own` class.

    `margin` is by how much the linear classifier prefers the class that was voted to its own; 1 is the distance between
    a class and another one.
    """

    voted: Numbers
    votes: Numbers
    own: Numbers
    margin: NDArray[np.float64]


def opinions(rows: Rows, labels: Numbers, training: NDArray[np.bool_]) -> Opinions | None:
    """What the training examples say about all: about each one, those that are not itself nor its copy.

    `rows` are (N, W), `labels` are classes from 0, `training` says which may vote. Memory beside
    `rows` is that of a chunk, and of the directions. None where fewer than two classes, or too few examples, may vote.
    """
    classes = np.unique(labels[training])
    if len(classes) < 2 or training.sum() <= 2 * NEAREST:
        return None
    white = _whitened(rows, training)
    if not white.shape[1]:
        return None
    line = _Line(white, labels, training)
    found = np.empty((3, len(rows)), np.int64)
    margin = np.empty(len(rows))
    voters = np.flatnonzero(training)
    unit = white / np.maximum(np.linalg.norm(white, axis=1, keepdims=True), 1e-12)
    for start in range(0, len(rows), _CHUNK):
        chosen = np.arange(start, min(start + _CHUNK, len(rows)))
        counts = _votes(unit, labels, voters, chosen)
        voted = counts.argmax(1)
        here = np.arange(len(chosen))
        found[:, chosen] = voted, counts[here, voted], counts[here, labels[chosen]]
        margin[chosen] = line.margin(chosen, voted)
    return Opinions(found[0], found[1], found[2], margin)


def _whitened(rows: Rows, training: NDArray[np.bool_]) -> Rows:
    """The directions in which training examples differ most, those of large deviation shrunk to its square root.

    Of standardised features, as none counts more for its unit. With this half of whitening votes are right more often
    than without (digits 0.84, without 0.74; flowers 0.83, 0.80), while all of it harms small sets (flowers 0.73).
    """
    voters = np.flatnonzero(training)
    drawn = np.random.default_rng(0).permutation(voters)[:_SEEN]
    seen = rows[np.sort(drawn)]
    mean, deviation = seen.mean(0), seen.std(0)
    scale = np.where(deviation > _CONSTANT, 1 / np.maximum(deviation, _CONSTANT), 0.0).astype(np.float32)
    seen = (seen - mean) * scale
    values, vectors = np.linalg.eigh((seen.T @ seen).astype(np.float64) / len(seen))
    most = min(_DIRECTIONS, len(seen) // 2, int((values > _CONSTANT * values.max(initial=1.0)).sum()))
    kept = slice(len(values) - most, None)
    # Their mean square is 1, which the penalty of the linear classifier counts on.
    size = np.sqrt(np.sum(values[kept] ** 0.5) / max(most, 1))
    turn = (vectors[:, kept] / values[kept] ** 0.25 / size).astype(np.float32)
    starts = range(0, len(rows), _CHUNK)
    return np.concatenate([((rows[start : start + _CHUNK] - mean) * scale) @ turn for start in starts])


def _votes(unit: Rows, labels: Numbers, voters: Numbers, chosen: Numbers) -> Numbers:
    """How many neighbours of each chosen row have each class (n, C)."""
    alike = np.full((len(chosen), -(-len(voters) // _BLOCK) * _BLOCK), -np.inf, np.float32)
    alike[:, : len(voters)] = unit[chosen] @ unit[voters].T
    # Of which it is one itself.
    alike[alike > _COPY] = -np.inf
    near = _greatest(alike)
    counts = np.zeros((len(chosen), int(labels.max()) + 1), np.int64)
    others = np.isfinite(np.take_along_axis(alike, near, 1))
    known = labels[voters[near.clip(max=len(voters) - 1)]]
    np.add.at(counts, (np.arange(len(chosen))[:, None], known), others)
    return counts


def _greatest(values: Rows) -> Numbers:
    """Where the ten greatest of each row are (n, 10): in the blocks with the ten greatest maxima, which is faster."""
    blocks = values.reshape(len(values), -1, _BLOCK)
    best = _first(blocks.max(2))
    within = _first(np.take_along_axis(blocks, best[:, :, None], 1).reshape(len(values), -1))
    return np.take_along_axis(best, within // _BLOCK, 1) * _BLOCK + within % _BLOCK


def _first(values: Rows) -> Numbers:
    """The same by sorting all in part, or all places where there are no more."""
    if values.shape[1] <= NEAREST:
        return np.tile(np.arange(values.shape[1]), (len(values), 1))
    return np.argpartition(-values, NEAREST - 1, axis=1)[:, :NEAREST]


class _Line:
    """A ridge regression on classes, 0 or 1 each; of a training example as if it had been fitted without it."""

    def __init__(self, white: Rows, labels: Numbers, training: NDArray[np.bool_]) -> None:
        seen = white[training].astype(np.float64)
        counts = np.bincount(labels[training], minlength=int(labels.max()) + 1)
        self._white, self._labels, self._training = white, labels, training
        self._inverse = np.linalg.inv(seen.T @ seen + _PENALTY * len(seen) * np.eye(seen.shape[1]))
        sums = np.zeros((len(counts), seen.shape[1]))
        np.add.at(sums, labels[training], seen)
        self._shares, self._weights = counts / len(seen), self._inverse @ sums.T
        self._size = len(seen)

    def margin(self, chosen: Numbers, voted: Numbers) -> NDArray[np.float64]:
        """By how much it prefers the class that was voted to the own one of the chosen rows."""
        rows = self._white[chosen].astype(np.float64)
        outputs = rows @ self._weights + self._shares
        here, labels = np.arange(len(chosen)), self._labels[chosen]
        # The leverage of a row: of its own label in its output (Allen 1974).
        leverage = ((rows @ self._inverse) * rows).sum(1) + 1 / self._size
        without = 1 / (1 - np.where(self._training[chosen], leverage, 0.0))
        own = 1 - (1 - outputs[here, labels]) * without
        margin: NDArray[np.float64] = np.where(voted == labels, 0.0, outputs[here, voted] * without - own)
        return margin
