from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from ftcli.errors import EvidenceError
from ftcli.evidence.folds import masks
from ftcli.evidence.losses import OneOf
from ftcli.evidence.probe import Probe, fit_classes, fit_labels, fit_numbers
from tests.evidence.samples import classes, numbers, rounded


def accuracy(probe: Probe, labels: NDArray[np.int64]) -> float:
    return float((probe.held_out.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize("width", [5, 120])
def test_the_probe_of_classes_is_the_optimum_of_its_strength(width: int) -> None:
    features, labels = classes(50, width, apart=0.8)
    features = features * np.linspace(0.1, 30, width) + 50
    probe = fit_classes(features, labels, 3)
    theirs = LogisticRegression(C=1 / probe.strength, tol=1e-12, max_iter=1000, solver="newton-cg")
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    expected = theirs.fit(standard, labels).decision_function(standard)
    ours = features @ probe.weight.T + probe.bias
    np.testing.assert_allclose(ours - ours.mean(axis=1, keepdims=True), expected, atol=1e-6)


def test_what_is_held_out_has_not_been_seen() -> None:
    """Its logits are the mean of fits that standardise and fit the other folds only."""
    features, labels = classes(50, 5, apart=0.8)
    probe = fit_classes(features, labels, 3, seed=4)
    seen = masks(labels, None, seed=4)
    expected = np.zeros((50, 3))
    for rows in seen:
        mean, deviation = features[rows].mean(axis=0), features[rows].std(axis=0)
        theirs = LogisticRegression(C=1 / probe.strength, tol=1e-12, max_iter=1000, solver="newton-cg")
        theirs.fit((features[rows] - mean) / deviation, labels[rows])
        expected += theirs.decision_function((features - mean) / deviation) * ~rows[:, None] / 4
    ours = probe.held_out - probe.held_out.mean(axis=1, keepdims=True)
    assert abs(ours - expected).max() < 0.05


def test_permuted_labels_are_at_chance() -> None:
    features, labels = classes(120, 200)
    labels = np.random.default_rng(0).permutation(labels)
    probe = fit_classes(features, labels, 3)
    loss = OneOf(labels, 3).look(probe.held_out[None])[0].mean()
    assert abs(accuracy(probe, labels) - 1 / 3) < 0.13
    assert loss < np.log(3) + 0.02


def test_classes_further_apart_are_told_apart_better() -> None:
    losses = []
    for apart in (0.1, 0.3, 0.6, 1.2):
        features, labels = classes(90, 8, apart=apart)
        probe = fit_classes(features, labels, 3)
        losses.append(OneOf(labels, 3).look(probe.held_out[None])[0].mean())
    assert losses == sorted(losses, reverse=True)


def test_what_is_rounded_to_bfloat16_ranks_alike() -> None:
    losses: list[list[float]] = [[], []]
    for seed in range(4):
        features, labels = classes(90, 2 if seed == 0 else 30, apart=0.2 + 0.1 * seed, seed=seed)
        for found, given in zip(losses, (features, rounded(features).astype(np.float64)), strict=True):
            probe = fit_classes(given, labels, 3)
            found.append(float(OneOf(labels, 3).look(probe.held_out[None])[0].mean()))
    assert np.argsort(losses[0]).tolist() == np.argsort(losses[1]).tolist()
    np.testing.assert_allclose(losses[0], losses[1], atol=0.02)


def test_a_class_without_examples_and_one_with_a_single_one_are_unlikely() -> None:
    features, labels = classes(41, 8, several=2, apart=2)
    labels[-1] = 2
    probe = fit_classes(features, labels, 4)
    assert np.isfinite(probe.held_out).all()
    assert np.isfinite(probe.bias).all()
    assert accuracy(probe, labels) > 0.9
    assert not probe.weight[3].any()


def test_labels_are_probes_of_their_own() -> None:
    features, labels = classes(150, 6, several=4, apart=2)
    several = np.stack([labels == 0, labels == 3, (labels == 1) | (labels == 3), labels > 9], axis=1).astype(
        float
    )
    probe = fit_labels(features, several)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    for label in range(3):
        theirs = LogisticRegression(C=1 / probe.strength, tol=1e-12, max_iter=1000, solver="newton-cg")
        expected = theirs.fit(standard, several[:, label]).decision_function(standard)
        ours = (features @ probe.weight.T + probe.bias)[:, label]
        np.testing.assert_allclose(ours, expected, atol=1e-6)
    assert ((probe.held_out > 0) == (several > 0)).mean() > 0.9
    assert (probe.held_out[:, 3] < -4).all()


@pytest.mark.parametrize("width", [6, 300])
def test_numbers_are_ridge_regression(width: int) -> None:
    features, values = numbers(60, width)
    probe = fit_numbers(features, values)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    expected = Ridge(alpha=probe.strength).fit(standard, values).predict(standard)
    np.testing.assert_allclose(features @ probe.weight.T + probe.bias, expected, rtol=1e-9)
    errors = ((probe.held_out - values) ** 2).mean(axis=0) / values.var(axis=0)
    assert (errors < (0.4 if width == 6 else 1)).all()


def test_copies_in_one_group_do_not_flatter() -> None:
    generator = np.random.default_rng(0)
    features, labels = np.repeat(generator.normal(size=(40, 60)), 3, axis=0), np.repeat(np.arange(40) % 2, 3)
    values = np.repeat(generator.normal(size=(40, 1)), 3, axis=0)
    groups = np.repeat(np.arange(40), 3)
    assert accuracy(fit_classes(features, labels, 2), labels) > 0.9
    assert accuracy(fit_classes(features, labels, 2, groups=groups), labels) < 0.7
    flattered = fit_numbers(features, values).held_out - values
    assert flattered.var() < 0.2 * (fit_numbers(features, values, groups=groups).held_out - values).var()


def test_the_same_call_gives_the_same_probe() -> None:
    features, labels = classes(50, 5)
    first, second = (fit_classes(features, labels, 3, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.weight, second.weight)
    np.testing.assert_array_equal(first.held_out, second.held_out)


def test_mistakes_are_one_sentence() -> None:
    features, labels = classes(20, 5)
    with pytest.raises(EvidenceError, match="one class"):
        fit_classes(features, np.zeros(20), 3)
    with pytest.raises(EvidenceError, match="two examples"):
        fit_classes(features, np.arange(20), 20)
    with pytest.raises(EvidenceError, match="not finite"):
        fit_classes(features * np.inf, labels, 3)
    with pytest.raises(EvidenceError, match="the same for all"):
        fit_classes(features * 0, labels, 3)
    with pytest.raises(EvidenceError, match="for all examples or for none"):
        fit_labels(features, np.ones((20, 2)))
    with pytest.raises(EvidenceError, match="the same for all"):
        fit_numbers(features, np.full((20, 1), 0.1))
    with pytest.raises(EvidenceError, match="not finite"):
        fit_numbers(features, np.full((20, 1), np.nan))
