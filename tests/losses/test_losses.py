from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import sigmoid_focal_loss

from ftcli.contracts import Loss, Target
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import ConfigError
from ftcli.losses import LOSSES
from ftcli.losses.bce import BCE
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.losses.focal import Focal
from ftcli.losses.mse import MSE
from ftcli.losses.options import check_kind

COUNTS = (6, 3, 1)
SINGLE = Target("single-label", ("ant", "bee", "cow"), COUNTS, examples=10)
MULTI = Target("multi-label", ("ant", "bee", "cow"), COUNTS, examples=8)
NUMBER = Target("number", examples=10)


def logits(rows: int = 7, columns: int = 3, seed: int = 0) -> Tensor:
    return torch.randn(rows, columns, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 3


def classes(rows: int = 7) -> Tensor:
    return torch.randint(3, (rows,), generator=torch.Generator().manual_seed(1))


def hot(rows: int = 7) -> Tensor:
    return torch.randint(2, (rows, 3), generator=torch.Generator().manual_seed(2)).double()


def mean(loss: Loss) -> Tensor:
    return loss.total / loss.count


# ---------------------------------------------------------------------------------------------- cross-entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", [None, (0.5, 1.0, 4.0)])
def test_cross_entropy_over_count_is_torchs_mean(smoothing: float, weights: tuple[float, ...] | None) -> None:
    ours = CrossEntropy(target=SINGLE, label_smoothing=smoothing, class_weights=weights)(logits(), classes())
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    torchs = F.cross_entropy(logits(), classes(), weight, label_smoothing=smoothing)
    torch.testing.assert_close(mean(ours), torchs)


def test_balanced_class_weights_are_scikit_learns() -> None:
    ours = CrossEntropy(target=SINGLE, class_weights="balanced")(logits(), classes())
    labels = np.repeat(np.arange(3), COUNTS)
    weight = torch.from_numpy(compute_class_weight("balanced", classes=np.arange(3), y=labels))
    torchs = F.cross_entropy(logits(), classes(), weight, reduction="sum")
    torch.testing.assert_close(ours.total, torchs, rtol=1e-6, atol=0)
    torch.testing.assert_close(ours.count, weight[classes()].sum(), rtol=1e-6, atol=0)


# -------------------------------------------------------------------------------------------- bce, mse, focal


@pytest.mark.parametrize("weights", [None, (0.5, 1.0, 4.0)])
def test_bce_over_count_is_torchs_mean(weights: tuple[float, ...] | None) -> None:
    ours = BCE(target=MULTI, pos_weight=weights)(logits(), hot())
    weight = None if weights is None else torch.tensor(weights, dtype=torch.float64)
    torch.testing.assert_close(
        mean(ours), F.binary_cross_entropy_with_logits(logits(), hot(), pos_weight=weight)
    )


def test_balanced_pos_weight_is_absent_over_present() -> None:
    balanced = BCE(target=MULTI, pos_weight="balanced")(logits(), hot())
    explicit = BCE(target=MULTI, pos_weight=(2 / 6, 5 / 3, 7 / 1))(logits(), hot())
    torch.testing.assert_close(balanced.total, explicit.total)


def test_a_class_that_every_example_has_keeps_a_weight() -> None:
    everywhere = replace(MULTI, counts=(8, 3, 1))
    balanced = BCE(target=everywhere, pos_weight="balanced")(logits(), hot())
    explicit = BCE(target=everywhere, pos_weight=(1 / 8, 5 / 3, 7 / 1))(logits(), hot())
    torch.testing.assert_close(balanced.total, explicit.total)


def test_mse_over_count_is_torchs_mean() -> None:
    outputs, numbers = logits(columns=1), logits(columns=1, seed=5).squeeze(1)
    torch.testing.assert_close(mean(MSE(target=NUMBER)(outputs, numbers)), F.mse_loss(outputs[:, 0], numbers))


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


# -------------------------------------------------------------------------------------------- sums and counts


LOSS_CASES: list[tuple[Any, Tensor, Tensor]] = [
    (CrossEntropy(target=SINGLE, label_smoothing=0.1, class_weights="balanced"), logits(), classes()),
    (BCE(target=MULTI, pos_weight="balanced"), logits(), hot()),
    (Focal(target=SINGLE), logits(), classes()),
    (Focal(target=MULTI, alpha=0.25), logits(), hot()),
    (MSE(target=NUMBER), logits(columns=1), logits(columns=1, seed=5).squeeze(1)),
]


@pytest.mark.parametrize(("loss", "outputs", "targets"), LOSS_CASES)
def test_micro_batches_add_up_to_the_big_batch(loss: Any, outputs: Tensor, targets: Tensor) -> None:
    whole = loss(outputs, targets)
    pieces = [loss(outputs[start : start + 3], targets[start : start + 3]) for start in (0, 3, 6)]
    torch.testing.assert_close(sum(piece.total for piece in pieces), whole.total, rtol=1e-14, atol=0)
    torch.testing.assert_close(sum(piece.count for piece in pieces), whole.count, rtol=1e-14, atol=0)


@pytest.mark.parametrize(("loss", "outputs", "targets"), LOSS_CASES)
def test_a_loss_is_a_differentiable_scalar(loss: Any, outputs: Tensor, targets: Tensor) -> None:
    outputs = outputs.clone().requires_grad_()
    result = loss(outputs, targets)
    assert result.total.shape == result.count.shape == ()
    assert torch.autograd.gradcheck(lambda o: loss(o, targets).total, outputs)


# ---------------------------------------------------------------------------------------------- wrong options


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


def test_balance_without_the_number_of_examples_is_our_bug() -> None:
    with pytest.raises(ValueError, match="0 examples"):
        BCE(target=replace(MULTI, examples=0), pos_weight="balanced")


# ------------------------------------------------------------------------------------------------- which fits


@pytest.mark.parametrize(("kind", "name"), [(kind, row.loss) for kind, row in KINDS.items()])
def test_the_default_loss_of_a_target_fits_it(kind: str, name: str) -> None:
    check_kind(name, KINDS[kind])


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_fits_some_target(name: str) -> None:
    assert LOSSES.load(name).kinds


def test_a_loss_that_does_not_fit_is_answered_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"'mse' does not fit a multi-label target\. These do: bce, focal"):
        check_kind("mse", KINDS["multi-label"])
