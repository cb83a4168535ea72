"""Promises that every loss keeps, and the default of each kind of target."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from ftcli.contracts.target_kinds import KINDS
from ftcli.losses import LOSSES
from ftcli.losses.bce import BCE
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.losses.focal import Focal
from ftcli.losses.mse import MSE
from ftcli.losses.options import check_kind
from tests.losses.samples import MULTI, NUMBER, SINGLE, classes, hot, logits

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


@pytest.mark.parametrize(("kind", "name"), [(kind, row.loss) for kind, row in KINDS.items()])
def test_the_default_loss_of_a_target_fits_it(kind: str, name: str) -> None:
    check_kind(name, KINDS[kind])


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_fits_some_target(name: str) -> None:
    assert LOSSES.load(name).kinds
