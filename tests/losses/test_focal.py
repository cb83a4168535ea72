"""Focal loss against torchvision's and its formula."""

from __future__ import annotations

import pytest
import torch
from torchvision.ops import sigmoid_focal_loss

from ftcli.contracts import Target
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.losses.focal import Focal
from tests.losses.samples import MULTI, SINGLE, classes, hot, logits, mean

# ---------------------------------------------------------------------------------------------- cross-entropy


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, None), (2.0, 0.25), (0.0, None), (0.5, 1.0)])
def test_focal_of_many_labels_is_torchvisions(gamma: float, alpha: float | None) -> None:
    ours = Focal(target=MULTI, gamma=gamma, alpha=alpha)(logits(), hot())
    theirs = sigmoid_focal_loss(
        logits(), hot(), alpha=-1 if alpha is None else alpha, gamma=gamma, reduction="mean"
    )
    torch.testing.assert_close(mean(ours), theirs)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_of_one_label_follows_its_formula(gamma: float) -> None:
    ours = Focal(target=SINGLE, gamma=gamma)(logits(), classes())
    p = logits().softmax(dim=1)[torch.arange(7), classes()]
    torch.testing.assert_close(ours.total, (-((1 - p) ** gamma) * p.log()).sum())


def test_focal_without_focus_is_cross_entropy() -> None:
    focal = Focal(target=SINGLE, gamma=0.0)(logits(), classes())
    torch.testing.assert_close(focal.total, CrossEntropy(target=SINGLE)(logits(), classes()).total)


@pytest.mark.parametrize("target", [SINGLE, MULTI])
def test_focal_has_finite_gradients_where_the_model_is_sure(target: Target) -> None:
    sure = torch.tensor([[200.0, 0.0, -200.0], [-200.0, 0.0, 200.0]], requires_grad=True)
    truth = torch.tensor([0, 0]) if target is SINGLE else torch.tensor([[1.0, 0, 0], [1.0, 0, 0]])
    (slope,) = torch.autograd.grad(Focal(target=target, gamma=0.5)(sure, truth).total, sure)
    assert slope.isfinite().all()
    assert slope[1].abs().max() > 0
