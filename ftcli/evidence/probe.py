"""The linear probe: the exact best linear model on kept features, its strength chosen by examples held out.

What is held out is honest: features are standardised by the examples that a fit sees, and a group stays together.
The one number that all examples choose is the strength, by their held-out loss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ftcli.errors import EvidenceError
from ftcli.evidence.checked import CONSTANT, finite
from ftcli.evidence.coordinates import Standardised
from ftcli.evidence.folds import FOLDS, masks
from ftcli.evidence.held_out import NEAR, Folds, lowest
from ftcli.evidence.logistic import Fits
from ftcli.evidence.losses import EachOf, Loss, OneOf
from ftcli.evidence.ridge import best_strength, solved

Array = NDArray[np.float64]
# How near to the optimum the fit of all examples is, in nats an example.
EXACT = 1e-18


@dataclass(frozen=True)
class Probe:
    """A linear model of features as they are given: `features @ weight.T + bias`."""

    weight: Array  # (outputs, W)
    bias: Array  # (outputs,)
    # Of the penalty: strength / 2 of the squared weights of standardised features, beside the sum of the losses.
    strength: float
    # Logits or values of each example, (N, outputs), by a fit without its fold; of several such fits, the mean.
    held_out: Array


def fit_classes(
    features: ArrayLike, labels: ArrayLike, classes: int, *, groups: ArrayLike | None = None, seed: int = 0
) -> Probe:
    """The multinomial logistic probe of features (N, W) and labels (N,) in [0, classes).

    Examples of the same one of `groups` (N,) are held out together. A class that no example has gets a
    probability of about one in N.

    Raises:
        EvidenceError: fewer than two classes with two examples; features that are not finite or do not vary.
    """
    own = np.asarray(labels, dtype=np.int64)
    counts = np.bincount(own, minlength=classes)
    if (counts > 0).sum() < 2:
        raise EvidenceError("All examples are of one class: there is nothing to tell apart.")
    if (counts > 1).sum() < 2:
        raise EvidenceError(
            "Fewer than two classes have two examples: none can be held out while another one stands for its class."
        )
    loss = OneOf(own, classes)
    return _fit(features, loss, own, groups, seed)


def fit_labels(
    features: ArrayLike, labels: ArrayLike, *, groups: ArrayLike | None = None, seed: int = 0
) -> Probe:
    """One logistic probe for each column of labels (N, C) of 0 and 1, all of one strength.

    Raises:
        EvidenceError: no label that some examples have and some have not; features not finite or without variance.
    """
    own = np.asarray(labels, dtype=np.float64)
    if not ((own.sum(axis=0) > 0) & (own.sum(axis=0) < len(own))).any():
        raise EvidenceError(
            "Every label is there for all examples or for none: there is nothing to tell apart."
        )
    # Spread evenly: the rarest of the labels that an example has.
    frequency = np.where(own > 0, own.sum(axis=0), np.inf)
    strata = np.where(own.any(axis=1), frequency.argmin(axis=1), own.shape[1])
    return _fit(features, EachOf(own), strata, groups, seed)


def fit_numbers(
    features: ArrayLike, values: ArrayLike, *, groups: ArrayLike | None = None, seed: int = 0
) -> Probe:
    """Ridge regression of values (N, K); the strength is that of the lowest squared error when each group is left out.

    Every column of the values counts alike: its errors are taken in units of its deviation.

    Raises:
        EvidenceError: values that are not finite or do not vary; features that are not finite or do not vary.
    """
    own = finite(values, "numbers")
    middle, deviation = own.mean(axis=0), own.std(axis=0)
    varies = deviation > CONSTANT * np.abs(own).max(axis=0)
    if not varies.any():
        raise EvidenceError("The number to predict is the same for all examples: there is nothing to learn.")
    unit = np.where(varies, deviation, 1)
    targets = (own - middle) / unit
    standardised = Standardised(features)
    # Spread evenly: examples of about the same value.
    ranks = np.argsort(np.argsort(targets.mean(axis=1), kind="stable"), kind="stable")
    seen = masks(ranks // FOLDS, groups, seed)
    places = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    strength = best_strength(*standardised.directions(), targets, places)
    held_out = np.zeros_like(targets)
    for part, coordinates in standardised.together(seen):
        found = coordinates.columns @ solved(coordinates, seen[part], targets, strength)
        held_out += (found * ~seen[part][..., None]).sum(axis=0)
    held_out /= (~seen).sum(axis=0)[:, None]
    everything = np.ones((1, len(targets)), dtype=bool)
    coordinates = standardised.coordinates(everything)
    weight, bias = coordinates.of_features(solved(coordinates, everything, targets, strength))
    return Probe(weight[0] * unit[:, None], bias[0] * unit + middle, strength, held_out * unit + middle)


def _fit(
    features: ArrayLike, loss: Loss, strata: NDArray[np.int64], groups: ArrayLike | None, seed: int
) -> Probe:
    standardised = Standardised(features)
    folds = Folds(standardised, loss, masks(strata, groups, seed))
    strength = lowest(folds.loss, standardised.columns.shape[1] / 4)
    held_out = folds.logits(strength)
    everything = np.ones((1, len(strata)), dtype=bool)
    fits = Fits(standardised.coordinates(everything), everything, loss)
    # The approximate Hessian is taken again where the fit is almost there.
    for tolerance in (NEAR, EXACT):
        fits.solve(strength, tolerance)
    weight, bias = fits.of_features()
    return Probe(weight[0], bias[0], strength, held_out)
