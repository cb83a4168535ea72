"""What the frozen features of a candidate say of the targets: figures with their errors, and scores by example.

Figures of the probe and of neighbours are held out: none is of an example that the fit has seen. LogME and the H-score
are of all examples, as they fit no weights.
"""

from __future__ import annotations

from collections.abc import Callable
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
from ftcli.registry import part
from ftcli.runs.probing.features import KeptFeatures
from ftcli.studies.recommend.ranking.records import Evidence

# Of wider features the principal components stand for all in what takes the cube of the width.
_WIDEST, _COMPONENTS = 1024, 512
_Numbers = NDArray[np.float64]


def judge(kept: KeptFeatures, target: Target, groups: NDArray[np.int64], *, seed: int = 0) -> Evidence:
    """The evidence of features and targets; `groups` (examples,) are those of examples that are nearly the same.

    The units of an example, such as the words of a text, stay together. Raises `EvidenceError` for features that are
    not finite, and for targets that cannot be told apart.
    """
    probing = KINDS[target.kind].probing
    assert probing is not None
    number, units = np.unique(kept.examples, return_inverse=True)
    together = groups[units] if len(groups) == len(number) else units
    fit: Callable[..., Probe] = part(probing.fit)
    probe = fit(kept.features, kept.targets, target, together, seed)
    targets = kept.targets
    if np.issubdtype(targets.dtype, np.integer):
        return _of_classes(kept, probe, len(target.classes), units, together)
    rows = targets[:, None] if targets.ndim == 1 else targets
    return _of_labels(kept, probe, rows, units) if targets.ndim > 1 else _of_numbers(kept, probe, rows, units)


def _of_classes(
    kept: KeptFeatures, probe: Probe, classes: int, units: NDArray[np.int64], together: NDArray[np.int64]
) -> Evidence:
    labels = kept.targets
    right = (probe.held_out.argmax(axis=1) == labels).astype(np.float64)
    loss = OneOf(labels, classes).look(probe.held_out[None])[0][0]
    votes = nearest(kept.features, labels, classes, groups=together)
    narrow = components(kept.features)
    return _evidence(
        "accuracy", right, units,
        log_evidence=log_evidence(narrow, labels),
        log_loss=float(loss.mean()),
        nearest=float((votes == labels).mean()),
        h_score=h_score(narrow, labels),
    )  # fmt: skip


def _of_labels(kept: KeptFeatures, probe: Probe, rows: NDArray[Any], units: NDArray[np.int64]) -> Evidence:
    """Per example: the share of the log-loss of the labels' frequencies that the probe explains."""
    rows = rows.astype(np.float64)
    often = np.clip(rows.mean(axis=0), 1e-6, 1 - 1e-6)
    before = -(rows * np.log(often) + (1 - rows) * np.log(1 - often)).mean(axis=1)
    loss = EachOf(rows).look(probe.held_out[None])[0][0] / rows.shape[1]
    evidence = log_evidence(components(kept.features), rows)
    explained = 1 - loss / before.mean()
    return _evidence("explained", explained, units, log_evidence=evidence, log_loss=float(loss.mean()))


def _of_numbers(kept: KeptFeatures, probe: Probe, rows: NDArray[Any], units: NDArray[np.int64]) -> Evidence:
    """Per example: the share of the variance that the probe explains, whose mean is R2."""
    wrong = ((rows - probe.held_out.reshape(rows.shape)) ** 2).mean(axis=1)
    variance = float(rows.astype(np.float64).var())
    if variance == 0:
        raise EvidenceError("all numbers to predict are the same, so that no network predicts them better")
    evidence = log_evidence(components(kept.features), rows.astype(np.float64))
    return _evidence("r2", 1 - wrong / variance, units, log_evidence=evidence)


def _evidence(figure: str, scores: _Numbers, units: NDArray[np.int64], **found: Any) -> Evidence:
    """With the scores of units as those of examples: the mean of each."""
    sizes = np.bincount(units)
    by_example = np.bincount(units, weights=scores) / sizes
    error = (
        Z * float(by_example.std(ddof=1)) / len(by_example) ** 0.5 if len(by_example) > 1 else float("inf")
    )
    return Evidence(figure, float(by_example.mean()), error, tuple(by_example.tolist()), **found)


def components(features: NDArray[Any]) -> _Numbers:
    """The features as they are, or the first principal components of very wide ones, (N, at most 1024)."""
    wide = np.asarray(features, dtype=np.float64)
    if wide.shape[1] <= _WIDEST:
        return wide
    vectors, squares = decomposed(wide - wide.mean(axis=0))
    narrow: _Numbers = vectors[:, -_COMPONENTS:] * np.sqrt(squares[-_COMPONENTS:])
    return narrow
