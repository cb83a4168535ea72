"""The fit of a probe for each kind of target, from targets as the loss takes them: `TargetKind.probing` names one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.contracts import Target
from ftcli.evidence.probe import Probe, fit_classes, fit_labels, fit_numbers

Floats = NDArray[np.floating[Any]]
Groups = NDArray[np.int64] | None


def classes(features: Floats, targets: NDArray[Any], target: Target, groups: Groups, seed: int) -> Probe:
    """Of classes (N,)."""
    return fit_classes(features, targets, len(target.classes), groups=groups, seed=seed)


def labels(features: Floats, targets: NDArray[Any], target: Target, groups: Groups, seed: int) -> Probe:
    """Of ones and zeros (N, C)."""
    return fit_labels(features, targets, groups=groups, seed=seed)


def numbers(features: Floats, targets: NDArray[Any], target: Target, groups: Groups, seed: int) -> Probe:
    """Of normalised numbers (N,)."""
    return fit_numbers(features, targets[:, None], groups=groups, seed=seed)
