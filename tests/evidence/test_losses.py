from __future__ import annotations

import numpy as np
import pytest

from ftcli.evidence.losses import EachOf, Loss, OneOf

LABELS = np.array([0, 2, 1, 0])


@pytest.mark.parametrize("loss", [OneOf(LABELS, 3), EachOf(np.eye(3)[LABELS])])
def test_probabilities_less_targets_are_the_slope(loss: Loss) -> None:
    logits = np.random.default_rng(0).normal(size=(2, 4, 3)) * 5
    slope = np.zeros_like(logits)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-6
        slope[place] = (loss.look(logits + step)[0] - loss.look(logits - step)[0]).sum() / 2e-6
    np.testing.assert_allclose(loss.look(logits)[1] - loss.targets, slope, atol=1e-8)


@pytest.mark.parametrize("loss", [OneOf(LABELS, 4), EachOf(np.eye(4)[LABELS])])
def test_what_a_fit_never_sees_gets_about_one_in_n(loss: Loss) -> None:
    seen = np.ones((1, 4))
    certain = loss.certain(seen)
    assert certain.tolist() == [[0, 0, 0, -1e30]]
    logits = np.zeros((1, 4, 4)) + certain[:, None]
    assert np.isfinite(loss.look(logits)[0]).all()
    logits = np.where(certain[:, None] != 0, loss.doubtful(logits, certain, seen)[:, None], logits)
    assert 0.19 < loss.look(logits)[1][0, 0, 3] < 0.21


def test_large_logits_do_not_overflow() -> None:
    logits = np.array([[[1e4, -1e4, 0.0]] * 4])
    for loss in (OneOf(LABELS, 3), EachOf(np.eye(3)[LABELS])):
        assert np.isfinite(loss.look(logits)[0]).all()
        assert np.isfinite(loss.look(logits)[1]).all()
