"""What is equal to the last bit, what is near, and what is neither."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

from ftcli.config.schema import Experiment
from ftcli.runs.receipts.document import Receipt
from ftcli.runs.receipts.lists import summary
from ftcli.runs.receipts.losses import Losses
from ftcli.runs.receipts.tensors import hash_tensors
from ftcli.ship.reproducing.claim import Claim
from ftcli.ship.reproducing.comparison import compare_losses, compare_weights, figures_equal

STEPS = {1: 1.6, 2: 1.5, 3: 1.4, 4: 1.3}


def test_losses_are_equal_up_to_a_step_and_near_after_it() -> None:
    assert compare_losses(Losses(STEPS), Losses(STEPS)).first is None
    found = compare_losses(Losses(STEPS), Losses({**STEPS, 3: 1.4 + 1e-6, 4: 1.3 - 2e-6}))
    assert (found.equal_to, found.first, found.apart) == (2, (3, "loss"), None)
    assert abs(found.largest - 2e-6) < 1e-12


def test_losses_that_no_rounding_explains() -> None:
    found = compare_losses(Losses(STEPS), Losses({**STEPS, 1: 1.6 + 1e-6, 3: 1.7}))
    assert (found.equal_to, found.first, found.apart) == (None, (1, "loss"), 3)
    assert compare_losses(Losses(STEPS), Losses({**STEPS, 2: math.nan})).apart == 2
    assert compare_losses(Losses({1: math.nan}), Losses({1: math.nan})).first is None


def test_only_what_both_have_is_compared_and_the_rest_is_counted() -> None:
    found = compare_losses(Losses(STEPS), Losses({1: 1.6}))
    assert (found.compared, found.missing) == (1, 3)
    found = compare_losses(Losses(STEPS), Losses({1: 1.6, 2: 1.5}), last_step=2)
    assert (found.compared, found.missing) == (2, 0)


def test_figures_count_to_the_last_bit() -> None:
    assert figures_equal({"val": {"loss": 0.1}}, {"val": {"loss": 0.1, "more": 1}, "test": {}})
    assert not figures_equal({"val": {"loss": 0.1}}, {"val": {"loss": 0.1 + 2**-55}})
    assert not figures_equal({"test": {"loss": 0.1}}, {"val": {"loss": 0.1}})


def test_tensors_are_counted_by_their_bits(tmp_path: Path) -> None:
    before = {
        "a": torch.tensor([1.0, 2.0]),
        "b": torch.zeros(3),
        "c": torch.tensor(4),
        "d": torch.ones(2).bfloat16(),
    }
    now = {**before, "b": torch.tensor([0.0, -0.0, 0.0]), "a": torch.tensor([1.0, 2.5])}
    save_file(now, tmp_path / "model.safetensors")
    fields = {"checkpoint": summary(hash_tensors(before), 100), "seal": "x"}
    claim = Claim("run", Experiment(), Losses(), "loss", receipt=Receipt(tmp_path / "receipt.json", fields))
    found = compare_weights(claim, tmp_path)
    assert found is not None
    assert (found.tensors, found.equal, found.largest) == (4, 2, None)
    fields["checkpoint"] = summary(hash_tensors(now), 100)
    found = compare_weights(claim, tmp_path)
    assert found is not None
    assert (found.equal, found.largest) == (4, 0.0)
    fields["checkpoint"] = summary(hash_tensors(before), 0)
    found = compare_weights(claim, tmp_path)
    assert found is not None
    assert found.equal is None
