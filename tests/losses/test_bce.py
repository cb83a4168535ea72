"""Binary cross-entropy against PyTorch's."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from ftcli.losses.bce import BCE
from tests.losses.samples import MULTI, hot, logits, mean

# ---------------------------------------------------------------------------------------------- cross-entropy


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


def test_balance_without_the_number_of_examples_is_our_bug() -> None:
    with pytest.raises(ValueError, match="0 examples"):
        BCE(target=replace(MULTI, examples=0), pos_weight="balanced")
