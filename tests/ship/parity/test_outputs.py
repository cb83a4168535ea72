"""Outputs of any structure by name, and back."""

from __future__ import annotations

import torch

from ftcli.ship.parity.outputs import like, named


def test_a_tensor_is_called_outputs_and_others_by_their_keys() -> None:
    tensor = torch.ones(2, 3)
    assert list(named(tensor)) == ["outputs"]
    outputs = {"logits": tensor, "boxes": [tensor, tensor * 2], "note": "x"}
    found = named(outputs)
    assert list(found) == ["logits", "boxes.0", "boxes.1"]
    back = like(outputs, {name: value + 1 for name, value in found.items()})
    assert back["note"] == "x"
    assert torch.equal(back["boxes"][1], tensor * 2 + 1)
