"""The loss that a network computes itself."""

from __future__ import annotations

import torch

from ftcli.contracts import Target
from ftcli.losses.model_loss import ModelLoss

LOSS = ModelLoss(target=Target("boxes", ("ant", "bee"), (1, 1), examples=2))


def test_means_become_sums_over_the_examples_and_the_terms_are_kept_apart() -> None:
    box = torch.tensor(0.5, requires_grad=True)
    loss = LOSS({"box": box, "class": torch.tensor(2.0)}, examples=4)
    assert (loss.total.item(), loss.count.item()) == (10.0, 4.0)
    assert {name: part.item() for name, part in loss.parts.items()} == {"box": 2.0, "class": 8.0}
    assert not loss.parts["box"].requires_grad
    (slope,) = torch.autograd.grad(loss.total, box)
    assert slope.item() == 4.0


def test_one_term_has_no_parts() -> None:
    assert LOSS({"loss": torch.tensor(1.0)}, examples=2).parts == {}
