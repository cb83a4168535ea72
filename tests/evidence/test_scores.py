from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.neighbors import KNeighborsClassifier

from ftcli.errors import EvidenceError
from ftcli.evidence.scores import h_score, log_evidence, nearest
from tests.evidence.samples import classes, rounded

Array = NDArray[np.float64]
Score = Callable[[Array, NDArray[np.int64]], float]


def accuracy(features: Array, labels: NDArray[np.int64]) -> float:
    return float((nearest(features, labels, int(labels.max()) + 1) == labels).mean())


@pytest.mark.parametrize(
    ("data", "evidence", "plain", "regularised"),
    [
        (load_iris, -0.1600602437, 1.1918988250, 1.1778424993),
        (load_wine, -0.0044610181, 1.7058208021, 0.7660975647),
        (load_digits, 0.2817999616, 6.6081507756, 6.4145753834),
    ],
)
def test_published_scores(data, evidence: float, plain: float, regularised: float) -> None:  # type: ignore[no-untyped-def]
    """Those of the code of JMLR; three of digits' 64 columns are constant."""
    features, labels = (part[:500] for part in data(return_X_y=True))
    assert abs(log_evidence(features, labels, as_published=True) - evidence) < 1e-8
    assert abs(h_score(features, labels, shrinkage=0) - plain) < 1e-8
    assert abs(h_score(features, labels) - regularised) < 1e-8


def test_published_evidence_of_a_number() -> None:
    features = load_iris().data
    assert abs(log_evidence(features[:, :3], features[:, 3], as_published=True) - 0.1598265515) < 1e-8


@pytest.mark.parametrize(("neighbours", "expected"), [(1, 0.96), (3, 0.96), (5, 0.966667), (13, 0.966667)])
def test_published_accuracies_of_neighbours(neighbours: int, expected: float) -> None:
    features, labels = load_iris(return_X_y=True)
    found = nearest(features, labels, 3, neighbours=neighbours, euclidean=True)
    assert round((found == labels).mean(), 6) == expected


def by_determinant(features: Array, target: Array) -> float:
    """The evidence as it is defined, at the precisions where it is largest; of all but the direction of the mean."""
    rest = np.linalg.qr(np.column_stack([np.ones(len(target)), np.eye(len(target))[:, 1:]]))[0][:, 1:]
    features, target = rest.T @ features, rest.T @ target
    count, width = features.shape
    squares, covered = features.T @ features, features.T @ target

    def less(precisions: Array) -> float:
        alpha, beta = np.exp(precisions)
        inverse = alpha * np.eye(width) + beta * squares
        weights = np.linalg.solve(inverse, beta * covered)
        errors = target - features @ weights
        sizes = width * np.log(alpha) + count * np.log(beta / (2 * np.pi)) - np.linalg.slogdet(inverse)[1]
        return float(-0.5 * (sizes - beta * errors @ errors - alpha * weights @ weights) / count)

    start = np.array([np.log(width), 1.0])
    return -float(minimize(less, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-13}).fun)


@pytest.mark.parametrize(("count", "width"), [(40, 90), (50, 50), (90, 12)])
def test_the_evidence_is_exact_for_any_shape(count: int, width: int) -> None:
    features, labels = classes(count, width, apart=0.3)
    features[:, 2], features[:, 3] = 2.0, features[:, 4]
    expected = np.mean([by_determinant(features, (labels == one).astype(float)) for one in range(3)])
    assert abs(log_evidence(features, labels) - expected) < 1e-8
    assert (
        abs(
            log_evidence(features, features[:, :2] ** 2)
            - np.mean([by_determinant(features, column**2) for column in features[:, :2].T])
        )
        < 1e-8
    )


def test_neighbours_are_those_of_scikit_learn() -> None:
    """By cosine, with an odd number of neighbours and two classes, so that no vote is equal."""
    features, labels = classes(60, 8, several=2, apart=0.4)
    found = nearest(features, labels, 2, neighbours=7)
    for row in range(60):
        others = np.arange(60) != row
        theirs = KNeighborsClassifier(7, metric="cosine").fit(features[others], labels[others])
        assert theirs.predict(features[[row]])[0] == found[row]


@pytest.mark.parametrize("score", [accuracy, log_evidence, h_score])
def test_scores_do_not_change_with_rotation_and_rise_with_the_distance_of_classes(score: Score) -> None:
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(9, 9)))[0]
    scores = []
    for apart in (0.1, 0.3, 0.6, 1.0):
        features, labels = classes(120, 9, apart=apart)
        scores.append(score(features, labels))
        assert abs(score(features @ rotation, labels) - scores[-1]) < 1e-8
    assert scores == sorted(scores)


@pytest.mark.parametrize("width", [9, 200])
def test_evidence_does_not_change_with_the_mean(width: int) -> None:
    features, labels = classes(120, width, apart=0.3)
    assert abs(log_evidence(features + 7, labels) - log_evidence(features, labels)) < 1e-8
    assert abs(h_score(features + 7, labels) - h_score(features, labels)) < 1e-8


@pytest.mark.parametrize("score", [accuracy, log_evidence, h_score])
@pytest.mark.parametrize("width", [9, 200])
def test_scores_do_not_change_with_scale(score: Score, width: int) -> None:
    features, labels = classes(120, width, apart=0.3)
    assert abs(score(features * 1e4, labels) - score(features, labels)) < 1e-8
    assert abs(score(features * 1e-4, labels) - score(features, labels)) < 1e-8


@pytest.mark.parametrize("score", [accuracy, log_evidence, h_score])
def test_what_is_rounded_to_bfloat16_ranks_alike(score: Score) -> None:
    exact, less = [], []
    for seed in range(6):
        features, labels = classes(150, 40, apart=0.1 + 0.1 * seed, seed=seed)
        exact.append(score(features, labels))
        less.append(score(rounded(features).astype(np.float64), labels))
    assert np.argsort(exact).tolist() == np.argsort(less).tolist()


def test_permuted_labels_are_worth_nothing() -> None:
    features, labels = classes(300, 9, apart=0.5)
    permuted = np.random.default_rng(0).permutation(labels)
    assert abs(accuracy(features, permuted) - 1 / 3) < 0.08
    unexplained = np.mean([np.log(2 * np.pi * (labels == one).var() * 300 / 299) + 1 for one in range(3)])
    assert -0.06 < log_evidence(features, permuted) + 0.5 * unexplained < 0.001
    assert log_evidence(features, permuted) < log_evidence(features, labels) - 0.05
    assert h_score(features, permuted) < 0.1


def test_copies_in_one_group_do_not_vote_for_each_other() -> None:
    features = np.repeat(np.random.default_rng(0).normal(size=(40, 60)), 3, axis=0)
    labels, groups = np.repeat(np.arange(40) % 2, 3), np.repeat(np.arange(40), 3)
    assert (nearest(features, labels, 2, neighbours=2) == labels).all()
    assert (nearest(features, labels, 2, neighbours=2, groups=groups) == labels).mean() < 0.7


def test_two_features_and_a_row_of_zeros_are_enough() -> None:
    features, labels = classes(30, 2)
    features[0] = 0
    assert all(np.isfinite(score(features, labels)) for score in (accuracy, log_evidence, h_score))


def test_mistakes_are_one_sentence() -> None:
    features, labels = classes(20, 5)
    for score in (accuracy, log_evidence, h_score):
        with pytest.raises(EvidenceError, match="20 of 20 examples are not finite"):
            score(features * np.nan, labels)
    with pytest.raises(EvidenceError, match="one class"):
        h_score(features, np.zeros(20))
    with pytest.raises(EvidenceError, match="the same for all"):
        h_score(features * 0 + 0.1, labels)
    with pytest.raises(EvidenceError, match="the same for all"):
        log_evidence(features, np.full(20, 0.3))
    with pytest.raises(EvidenceError, match="the same for all"):
        log_evidence(np.ones((20, 3)), labels)
