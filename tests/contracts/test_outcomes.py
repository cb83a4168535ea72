"""Columns of outcomes: joined in order, moved as a whole."""

from __future__ import annotations

import torch

from ftcli.contracts import Outcomes
from ftcli.contracts.outcomes import joined


def test_parts_are_joined_in_order_tensors_and_lists() -> None:
    parts = [
        Outcomes(["a"], ["b"], counts=torch.tensor([[1, 2]])),
        Outcomes(["c", "d"], ["e", "f"], counts=torch.tensor([[3, 4], [5, 6]])),
    ]
    whole = Outcomes.joined(parts)
    assert (whole.predicted, whole.true) == (["a", "c", "d"], ["b", "e", "f"])
    assert whole.counts.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert whole.probability is None
    assert Outcomes.joined([]) == Outcomes()


def test_all_tensors_move_also_those_in_lists() -> None:
    moved = Outcomes([{"boxes": torch.zeros(1, 4)}], ["text"], torch.ones(1)).on_cpu()
    assert moved.predicted[0]["boxes"].device.type == "cpu"
    assert moved.true == ["text"]


def test_several_values_are_one_text() -> None:
    assert joined(("a", 2)) == "a|2"
    assert joined(()) == ""
