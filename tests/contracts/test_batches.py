"""Batches: their parts, and changes of all their tensors."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Batch, changed

IDS = ("a", "b", "c")


def test_a_part_has_its_share_of_everything() -> None:
    inputs = {"pixels": torch.arange(3), "scale": 2.0}
    batch = Batch(inputs, [["x"], ["y"], ["z"]], IDS, {"sizes": torch.arange(3) + 10})
    part = batch.part(1, 3)
    assert part.inputs["pixels"].tolist() == [1, 2]
    assert part.inputs["scale"] == 2.0
    assert (part.targets, part.ids) == ([["y"], ["z"]], ("b", "c"))
    assert part.extras["sizes"].tolist() == [11, 12]


def test_flat_targets_are_shared_out() -> None:
    batch = Batch({"ids": torch.zeros(3, 2)}, torch.arange(6), IDS, shares=[1, 3, 2])
    part = batch.part(1, 2)
    assert (part.targets.tolist(), part.shares) == ([1, 2, 3], [3])
    assert batch.part(0, 3).part(2, 3).targets.tolist() == [4, 5]


def test_what_is_not_of_the_examples_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="2 items in a batch of 3 examples"):
        Batch({"pixels": torch.zeros(2)}, None, IDS).part(0, 1)


def test_every_tensor_is_changed_wherever_it_is() -> None:
    one = torch.tensor(1.0)
    batch = Batch({"a": [one, (one, "text")]}, {"b": one}, IDS, {"c": one}).each(lambda tensor: tensor + 1)
    assert batch.inputs["a"][1] == (2, "text")
    assert (batch.targets["b"], batch.extras["c"]) == (2, 2)
    assert changed("text", lambda tensor: tensor) == "text"


def test_the_examples_of_a_batch_are_those_of_all_ranks() -> None:
    assert Batch({}, None, IDS).examples == 3
    assert Batch({}, None, IDS, whole=8).examples == 8
