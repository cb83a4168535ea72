"""What features say of targets without a fit that is kept: neighbours, marginal likelihood, discriminance."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftcli.errors import EvidenceError
from ftcli.evidence.checked import centred, finite
from ftcli.evidence.spectrum import decomposed

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
# Neighbours that vote at most; rows of similarities at once.
MOST_NEIGHBOURS, ROWS = 20, 1024
# The fixed point of the evidence: steps at most (published code stops after 11, before it is reached where N < D), and
# the relative change that ends it.
STEPS, CLOSE = 1000, 1e-3


def nearest(
    features: ArrayLike,
    labels: ArrayLike,
    classes: int,
    *,
    groups: ArrayLike | None = None,
    neighbours: int | None = None,
    euclidean: bool = False,
) -> Whole:
    """The class (N,) that the nearest others of each example vote for; between equals, the class that is nearer.

    Neighbours are nearest by the cosine of their features (N, D), as many as a class has examples on average and
    `MOST_NEIGHBOURS` at most. Examples of the same one of `groups` (N,) do not vote for each other.

    Raises:
        EvidenceError: features that are not finite.
    """
    given, own = finite(features), np.asarray(labels, dtype=np.int64)
    count = len(given)
    places = np.arange(count) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    wanted = min(MOST_NEIGHBOURS, count // len(np.unique(own))) if neighbours is None else neighbours
    wanted = min(max(1, wanted), count - 1)
    if not euclidean:
        length = np.sqrt(np.einsum("nd,nd->n", given, given))
        given = given / np.where(length > 0, length, 1)[:, None]
    square = np.einsum("nd,nd->n", given, given) if euclidean else np.zeros(count)
    answers = np.empty(count, dtype=np.int64)
    for start in range(0, count, ROWS):
        rows = slice(start, start + ROWS)
        near = 2 * given[rows] @ given.T - square
        near[places[rows, None] == places] = -np.inf
        answers[rows] = _voted(near, own, classes, wanted)
    return answers


def _voted(near: Array, labels: Whole, classes: int, wanted: int) -> Whole:
    """The class that most of the nearest have; `near` (rows, N) is -inf for those that do not vote."""
    chosen = np.argpartition(-near, wanted - 1, axis=1)[:, :wanted]
    closeness = np.take_along_axis(near, chosen, axis=1)
    order = np.argsort(-closeness, axis=1, kind="stable")
    chosen, voting = np.take_along_axis(chosen, order, axis=1), np.sort(closeness, axis=1)[:, ::-1] > -np.inf
    votes = np.zeros((len(near), classes))
    rows = np.arange(len(near))
    for rank in range(wanted):
        # A vote counts one; its rank decides between equals only.
        weight = voting[:, rank] * (1 + 2.0 ** -(rank + 2) / wanted)
        votes[rows, labels[chosen[:, rank]]] += weight
    answers: Whole = votes.argmax(axis=1)
    return answers


def log_evidence(features: ArrayLike, targets: ArrayLike) -> float:
    """The log marginal likelihood of a linear model of the features (N, D), an example, in nats: LogME, exactly.

    `targets` are classes (N,) of whole numbers, of which each is a column of 0 and 1, or columns (N, K) or (N,) of
    floating-point numbers; the mean over columns that vary counts. Precisions of weights and noise are those of the
    fixed point of You et al. (ICML 2021, JMLR 2022), whose evidence lacks, where the features have a rank k below D,
    the term (D - k) / 2 log alpha. Features are taken as they are, without centring. The figure is comparable
    between features of the same targets only.

    Raises:
        EvidenceError: targets that are all the same, or numbers that are not finite.
    """
    given = finite(features)
    columns = _columns(targets)
    vectors, squares = decomposed(given)
    return float(np.mean([_evidence(vectors, squares, given.shape[1], column) for column in columns.T]))


def _columns(targets: ArrayLike) -> Array:
    """The targets as columns that vary, (N, K)."""
    own = np.asarray(targets)
    if own.ndim == 1 and own.dtype.kind in "iub":
        columns = (own[:, None] == np.unique(own)).astype(np.float64)
    else:
        columns = finite(own.reshape(len(own), -1), "targets")
    varying: Array = columns[:, np.ptp(columns, axis=0) > 0]
    if not varying.shape[1]:
        raise EvidenceError("The targets are the same for all examples: there is nothing to explain.")
    return varying


def _evidence(vectors: Array, squares: Array, width: int, target: Array) -> float:
    """The evidence of one column, an example."""
    count, rank = vectors.shape
    along = (vectors.T @ target) ** 2
    outside = max(target @ target - along.sum(), 0.0)
    alpha = beta = 1.0
    for _ in range(STEPS):
        ratio = alpha / beta
        free = (squares / (squares + ratio)).sum()
        weights = (squares * along / (squares + ratio) ** 2).sum()
        errors = (along / (1 + squares / ratio) ** 2).sum() + outside
        alpha, beta = free / (weights + 1e-5), (count - free) / (errors + 1e-5)
        if abs(alpha / beta - ratio) <= CLOSE * ratio:
            break
    determinant = np.log(alpha + beta * squares).sum() + (width - rank) * np.log(alpha)
    fit = width * np.log(alpha) + count * np.log(beta) - determinant - beta * errors - alpha * weights
    return float(0.5 * (fit / count - np.log(2 * np.pi)))


def h_score(features: ArrayLike, labels: ArrayLike, *, shrinkage: float | None = None) -> float:
    """How much of the variance of features (N, D) is between the classes of labels (N,), in units of their covariance.

    The covariance is shrunk towards a multiple of the identity (Ibrahim et al., 2021) by this share; None is the share
    of Ledoit and Wolf, 0 the H-score without regularisation. It grows with the number of classes: comparable between
    features of the same targets only.

    Raises:
        EvidenceError: one class only; features that are not finite, or the same for all examples.
    """
    own = np.unique(np.asarray(labels), return_inverse=True)[1]
    if own.max(initial=0) < 1:
        raise EvidenceError("All examples are of one class: there is nothing to tell apart.")
    columns, _, _ = centred(features)
    vectors, squares = decomposed(columns)
    count, width = columns.shape
    mean = squares.sum() / count / width
    share = _ledoit_wolf(columns, squares) if shrinkage is None else shrinkage
    members = np.eye(own.max() + 1)[own]
    between = ((vectors.T @ members) ** 2 / members.sum(axis=0)).sum(axis=1) * squares / (count - 1)
    within = squares / (count if shrinkage is None or shrinkage > 0 else count - 1)
    return float((1 - share) * (between / ((1 - share) * within + share * mean)).sum())


def _ledoit_wolf(columns: Array, squares: Array) -> float:
    """The share of the identity in the covariance that has the lowest expected error (Ledoit and Wolf, 2004)."""
    count, width = columns.shape
    mean = squares.sum() / count / width
    whole = (squares**2).sum() / count**2
    spread = (np.einsum("nd,nd->n", columns, columns) ** 2).sum() / count
    noise = (spread - whole) / (width * count)
    distance = whole / width - mean**2
    return float(min(noise, distance) / distance) if distance > 0 and noise > 0 else 0.0
