from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Example
from ftcli.ship.parity.calling import arrays, same_inputs, tensors_alone
from tests.tasks import cases


class Adding(nn.Module):
    def forward(self, one: Tensor, more: Any = None) -> Tensor:
        return one if more is None else one + len(more)


def test_the_network_is_called_with_tensors_alone_for_a_while() -> None:
    model = Adding()
    with tensors_alone(model) as given:
        assert model(one=torch.tensor([1]), more=["boxes"]).tolist() == [1]
    assert arrays(given)["one"].tolist() == [1]
    assert model(one=torch.tensor([1]), more=["boxes"]).tolist() == [2]


def test_batches_of_the_same_inputs() -> None:
    one = Batch({"x": torch.ones(2)})
    assert same_inputs(one, Batch({"x": torch.ones(2)}, targets=1))
    assert not same_inputs(one, Batch({"x": torch.zeros(2)}))
    assert not same_inputs(one, Batch({"x": torch.ones(1)}))
    assert not same_inputs(one, Batch({"y": torch.ones(2)}))


def test_what_is_asked_of_a_text_that_was_learned() -> None:
    example = Example("1", {"text": "good film", "target": "yes"}, True)
    assert cases.made("causal-language-modelling").unanswered(example) == Example("1", {"text": "good film"})
    gap = cases.made("masked-language-modelling").unanswered(example)
    assert gap == Example("1", {"text": "[MASK] film"})
    assert cases.made("text-classification").unanswered(example).target is None
