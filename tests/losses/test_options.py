"""Options that do not fit are named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import ConfigError
from ftcli.losses.bce import BCE
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.losses.focal import Focal
from ftcli.losses.options import check_kind
from tests.losses.samples import MULTI, SINGLE

# ---------------------------------------------------------------------------------------------- cross-entropy


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: CrossEntropy(target=SINGLE, label_smoothing=1.0), r"loss\.label_smoothing: 1\.0 is not"),
        (
            lambda: CrossEntropy(target=SINGLE, class_weights=(1.0, 2.0)),
            r"2 weights for 3 classes.*ant, bee, cow",
        ),
        (lambda: CrossEntropy(target=SINGLE, class_weights=(1.0, -2.0, 1.0)), r"-2\.0 for class 'bee'"),
        (
            lambda: CrossEntropy(target=replace(SINGLE, counts=(6, 0, 1)), class_weights="balanced"),
            r"loss\.class_weights: .*class 'bee' has none",
        ),
        (lambda: BCE(target=MULTI, pos_weight=(1.0, 1.0, float("nan"))), r"nan for class 'cow'"),
        (lambda: Focal(target=SINGLE, gamma=-1.0), r"loss\.gamma: -1\.0 is not"),
        (lambda: Focal(target=MULTI, alpha=1.5), r"loss\.alpha: 1\.5 is not"),
        (lambda: Focal(target=SINGLE, alpha=0.5), r"needs a multi-label target"),
    ],
)
def test_a_wrong_option_is_named(make: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make()


def test_a_loss_that_does_not_fit_is_answered_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"'mse' does not fit a multi-label target\. These do: bce, focal"):
        check_kind("mse", KINDS["multi-label"])
