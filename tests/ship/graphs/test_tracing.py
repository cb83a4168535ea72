"""What is traced takes any batch and length, and what cannot be traced is named."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.errors import ExportError
from ftcli.ship.graphs.graph import Part
from ftcli.ship.graphs.tracing import traced


class Sums(nn.Module):
    """Takes its inputs by name, as a `Network` does."""

    def forward(self, **inputs: Any) -> Tensor:
        return torch.as_tensor((inputs["ids"] * inputs["mask"]).sum(1))


class Reads(nn.Module):
    """Decides by a value."""

    def forward(self, **inputs: Any) -> Tensor:
        ids: Tensor = inputs["ids"]
        return ids if float(ids.sum()) > 3 else -ids


INPUTS = {"ids": torch.ones(3, 5), "mask": torch.ones(3, 5)}
DYNAMIC = {name: {0: "batch", 1: "length"} for name in INPUTS}


def test_axes_are_dynamic_and_inputs_have_their_names() -> None:
    module = Sums()
    program = traced(Part("model", module, INPUTS, DYNAMIC)).module()
    for batch, length in ((1, 1), (2, 9), (7, 3)):
        assert (
            program(ids=torch.ones(batch, length), mask=torch.ones(batch, length)).tolist()
            == [length] * batch
        )
    assert "forward" not in vars(module)


def test_what_cannot_be_traced_is_named() -> None:
    with pytest.raises(ExportError, match=r"model: torch.export cannot trace it: .*data-dependent"):
        traced(Part("model", Reads(), {"ids": torch.ones(3, 5)}, {"ids": {0: "batch"}}))
