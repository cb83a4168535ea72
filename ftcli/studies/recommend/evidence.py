"""What the frozen features of a candidate say of the targets: figures with their errors, and scores by example.

Figures of the probe and of neighbours are held out: none is of an example that the fit has seen. LogME and the H-score
are of all examples, as they fit no weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Target
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import EvidenceError
from ftcli.evidence.losses import EachOf, OneOf
from ftcli.evidence.probe import Probe
from ftcli.evidence.scores import h_score, log_evidence, nearest
from ftcli.evidence.spectrum import decomposed
from ftcli.metrics.intervals import Z
from ftcli.metrics.of_examples.influence import contributions
from ftcli.metrics.of_examples.resampled import per_class, ratios
from ftcli.registry import part
from ftcli.runs.probing.features import KeptFeatures
from ftcli.studies.recommend.ranking.records import Evidence

# Of wider features the principal components stand for all in what takes the cube of the width.
_WIDEST, _COMPONENTS = 1024, 512
# What probes and votes are judged by, as trainings name it; as what it is called of counts by class, None of a share of
# units that are right. Words are units of a text, each for itself: entities need whole sentences.
_OF_COUNTS = [f"{name}_{how}" for name in ("precision", "recall", "f1") for how in ("macro", "micro")]
FIGURES: Mapping[str, str | None] = {
    **dict.fromkeys(("accuracy", "exact_match", "token_accuracy")),
    **{name: name for name in _OF_COUNTS},
    "token_f1_macro": "f1_macro",
}
_Numbers = NDArray[np.float64]


def judge(
    kept: KeptFeatures,
    target: Target,
    groups: NDArray[np.int64],
    *,
    figure: str = "accuracy",
    seed: int = 0,
) -> Evidence:
    """The evidence of features and targets; `groups` (examples,) are those of examples that are nearly the same.

    `figure` is one of `FIGURES`, for classes and labels; of numbers it is r2. The units of an example, such as the
    words of a text, stay together. Raises `EvidenceError` for features that are not finite, and for targets that cannot
    be told apart.
    """
    probing = KINDS[target.kind].probing
    assert probing is not None
    number, units = np.unique(kept.examples, return_inverse=True)
    together = groups[units] if len(groups) == len(number) else units
    fit: Callable[..., Probe] = part(probing.fit)
    probe = fit(kept.features, kept.targets, target, together, seed)
    targets = kept.targets
    if np.issubdtype(targets.dtype, np.integer):
        return _of_classes(kept, probe, len(target.classes), units, together, figure)
    if targets.ndim > 1:
        return _of_labels(kept, probe, targets, units, figure)
    return _of_numbers(kept, probe, targets[:, None], units)


def _of_classes(
    kept: KeptFeatures,
    probe: Probe,
    classes: int,
    units: NDArray[np.int64],
    together: NDArray[np.int64],
    figure: str,
) -> Evidence:
    labels, each = kept.targets, np.eye(classes, dtype=bool)
    loss = OneOf(labels, classes).look(probe.held_out[None])[0][0]
    votes = nearest(kept.features, labels, classes, groups=together)
    commonest = np.full_like(labels, np.bincount(labels).argmax())
    found = {
        name: contributions_to(figure, each[answers], each[labels], units)
        for name, answers in (("probe", probe.held_out.argmax(axis=1)), ("votes", votes), ("none", commonest))
    }
    narrow = components(kept.features)
    return _evidence(
        figure, found["probe"],
        log_evidence=log_evidence(narrow, labels),
        log_loss=float(loss.mean()),
        nearest=float(found["votes"].mean()),
        h_score=h_score(narrow, labels),
        chance=float(found["none"].mean()),
    )  # fmt: skip


def _of_labels(
    kept: KeptFeatures, probe: Probe, rows: NDArray[Any], units: NDArray[np.int64], figure: str
) -> Evidence:
    """Each example has any number of labels: those that are at least as likely as not."""
    loss = EachOf(rows.astype(np.float64)).look(probe.held_out[None])[0][0] / rows.shape[1]
    found = contributions_to(figure, probe.held_out >= 0, rows > 0.5, units)
    evidence = log_evidence(components(kept.features), rows.astype(np.float64))
    return _evidence(figure, found, log_evidence=evidence, log_loss=float(loss.mean()))


def _of_numbers(kept: KeptFeatures, probe: Probe, rows: NDArray[Any], units: NDArray[np.int64]) -> Evidence:
    """Per example: the share of the variance that the probe explains, whose mean is R2."""
    wrong = ((rows - probe.held_out.reshape(rows.shape)) ** 2).mean(axis=1)
    variance = float(rows.astype(np.float64).var())
    if variance == 0:
        raise EvidenceError("all numbers to predict are the same, so that no network predicts them better")
    evidence = log_evidence(components(kept.features), rows.astype(np.float64))
    return _evidence("r2", _means(1 - wrong / variance, units), log_evidence=evidence)


def contributions_to(
    figure: str, said: NDArray[np.bool_], true: NDArray[np.bool_], units: NDArray[np.int64]
) -> _Numbers:
    """What each example contributes to one of `FIGURES`, (examples,): the mean is the figure.

    `said` and `true` (N, C) are what is predicted and true of units, `units` (N,) the example that each is of.
    """
    if FIGURES[figure] is None:
        right = (said == true).all(axis=1)
        columns, figures = np.stack([right, np.ones_like(right)], axis=1), ratios((figure,))
        return contributions(_by_example(columns, units), figures, figure)
    columns = np.concatenate([said & true, said, true], axis=1)
    return contributions(_by_example(columns, units), per_class, FIGURES[figure] or "")


def _by_example(columns: NDArray[np.bool_], units: NDArray[np.int64]) -> _Numbers:
    """The sums (examples, K) of the units (N, K) of each example. Units of one example follow each other."""
    starts = np.flatnonzero(np.diff(units, prepend=-1))
    sums: _Numbers = np.add.reduceat(columns.astype(np.float64), starts, axis=0)
    return sums


def _means(scores: _Numbers, units: NDArray[np.int64]) -> _Numbers:
    """The mean score (examples,) of the units of each example."""
    means: _Numbers = np.bincount(units, weights=scores) / np.bincount(units)
    return means


def _evidence(figure: str, by_example: _Numbers, **found: Any) -> Evidence:
    """With half an interval of 95 % of the mean."""
    size = len(by_example)
    error = Z * float(by_example.std(ddof=1)) / size**0.5 if size > 1 else float("inf")
    return Evidence(figure, float(by_example.mean()), error, tuple(by_example.tolist()), **found)


def components(features: NDArray[Any]) -> _Numbers:
    """The features as they are, or the first principal components of very wide ones, (N, at most 1024)."""
    wide = np.asarray(features, dtype=np.float64)
    if wide.shape[1] <= _WIDEST:
        return wide
    vectors, squares = decomposed(wide - wide.mean(axis=0))
    narrow: _Numbers = vectors[:, -_COMPONENTS:] * np.sqrt(squares[-_COMPONENTS:])
    return narrow
