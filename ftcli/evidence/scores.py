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
# The precision of weights by that of noise, in units of the largest square of a direction: powers of ten to try, and
# rounds, of which each goes on from the best of the last with a tenth of its distances.
RATIOS, ROUNDS = np.linspace(-12, 6, 73), 7
# Published code: the relative change that ends its fixed point, its steps at most, what it adds to sums of squares.
CLOSE, STEPS, ADDED = 1e-3, 11, 1e-5


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


def log_evidence(features: ArrayLike, targets: ArrayLike, *, as_published: bool = False) -> float:
    """The log marginal likelihood of a linear model of the features (N, D), an example, in nats: LogME, exactly.

    `targets` are classes (N,) of whole numbers, of which each is a column of 0 and 1, or columns (N, K) or (N,) of
    floating-point numbers; the mean over columns that vary counts. Precisions of weights and noise are those of the
    largest evidence (You et al., ICML 2021); the intercept is free, so that neither the scale nor the mean of the
    features counts. The figure is comparable between features of the same targets only.

    The code of the paper lacks, where the features have a rank k below D, the term (D - k) / 2 log alpha; its fixed
    point stops after 11 steps, too early where N < D; and it adds 1e-5 to sums of squares, so that the scale of the
    features counts much. `as_published` takes its precisions, with the term that it lacks, and has no intercept.

    Raises:
        EvidenceError: targets or features that are the same for all examples, or not finite.
    """
    columns = _columns(targets)
    given, mean, _ = centred(features)
    if as_published:
        given = given + mean
    else:
        columns = columns - columns.mean(axis=0)
    vectors, squares = decomposed(given)
    found = []
    for column in columns.T:
        along = (vectors.T @ column) ** 2
        outside = max(column @ column - along.sum(), 0.0)
        if as_published:
            found.append(_published(squares, along, outside, *given.shape))
        else:
            found.append(_largest(squares, along, outside, len(given) - 1))
    return float(np.mean(found))


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


def _largest(squares: Array, along: Array, outside: float, count: int) -> float:
    """The evidence of a column, an example, at the precisions where it is largest.

    The column has squares `along` directions whose squares are `squares`, and `outside` of them, in `count` dimensions.
    For a ratio of the precisions, that of the noise is known; so one number is looked for.
    """
    powers = np.log10(squares.max()) + RATIOS
    for _ in range(ROUNDS):
        spread = 1 + squares[:, None] / 10**powers
        errors = (along[:, None] / spread).sum(axis=0) + outside
        evidence = count * np.log(count / (2 * np.pi * errors)) - np.log(spread).sum(axis=0) - count
        best = powers[int(evidence.argmax())]
        powers = best + (powers[1] - powers[0]) * np.linspace(-1, 1, 21)
    return float(0.5 * evidence.max() / count)


def _published(squares: Array, along: Array, outside: float, count: int, width: int) -> float:
    """The evidence of a column, an example, at the precisions of the code of You et al. (JMLR 2022)."""
    alpha = beta = 1.0
    for _ in range(STEPS):
        ratio = alpha / beta
        free = (squares / (squares + ratio)).sum()
        weights = (squares * along / (squares + ratio) ** 2).sum()
        errors = (along / (1 + squares / ratio) ** 2).sum() + outside
        alpha, beta = free / (weights + ADDED), (count - free) / (errors + ADDED)
        if abs(alpha / beta - ratio) <= CLOSE * ratio:
            break
    determinant = np.log(alpha + beta * squares).sum() + (width - len(squares)) * np.log(alpha)
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
