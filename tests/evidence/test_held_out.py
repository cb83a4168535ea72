from __future__ import annotations

import numpy as np
import pytest

from ftcli.evidence.coordinates import Standardised
from ftcli.evidence.folds import masks
from ftcli.evidence.held_out import Folds, lowest
from ftcli.evidence.losses import OneOf
from tests.evidence.samples import classes


@pytest.mark.parametrize("best", [0.003, 1.0, 700.0])
def test_the_lowest_loss_is_found_between_steps(best: float) -> None:
    tried: list[float] = []

    def loss(strength: float) -> float:
        tried.append(strength)
        return float(0.3 + 0.01 * np.log(strength / best) ** 2)

    assert abs(np.log(lowest(loss, 5.0) / best)) < 1e-6
    assert len(tried) == len(set(tried)) <= 9


def test_a_loss_that_falls_for_ever_ends_somewhere() -> None:
    assert lowest(lambda strength: -np.log(strength), 1.0) == 4.0**8
    assert lowest(lambda strength: 0.3, 1.0) == 1.0


def test_folds_that_memory_does_not_hold_are_fitted_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    features, labels = classes(100, 7, apart=0.5)
    loss, seen = OneOf(labels, 3), masks(labels, None, seed=0)
    whole = Folds(Standardised(features), loss, seen)
    expected = whole.loss(1.0), whole.logits(1.0)
    monkeypatch.setattr("ftcli.evidence.coordinates.TOGETHER", 1600)
    monkeypatch.setattr("ftcli.evidence.held_out.KEPT", 5000)
    folds = Folds(Standardised(features), loss, seen)
    assert [part.stop for part, _ in folds._kept] == [2, 4, 6]
    assert abs(folds.loss(1.0) - expected[0]) < 0.1
    np.testing.assert_allclose(folds.logits(1.0), expected[1], atol=0.05)
