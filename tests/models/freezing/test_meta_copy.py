"""What is left out computes shapes, once for each; what it only hands on stays what it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ftcli.models.freezing.meta_copy import CutError, NoMetaInValues, meta_copy


class Layer(nn.Module):
    """Computes with its first argument and hands on its third."""

    calls = 0

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Linear(4, 4)

    def forward(self, states: Tensor, mask: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        Layer.calls += 1
        return self.weight(states) * mask, other


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = Layer()
        self.top = nn.Linear(4, 2)

    def forward(self, states: Tensor, mask: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        made, handed_on = self.layer(states, mask, other)
        return made, self.top(handed_on)


@pytest.fixture
def net() -> nn.Module:
    module = Net()
    Layer.calls = 0
    return meta_copy(module, [module.top], [module.layer], wrap=True)[0]


def test_each_shape_is_computed_once(net: nn.Module) -> None:
    for size in (3, 3, 5, 3, 5):
        made, _ = net(torch.rand(size, 4), torch.rand(size, 4), torch.rand(size, 4))
        assert made.is_meta
        assert made.shape == (size, 4)
    assert Layer.calls == 2


def test_an_argument_that_is_handed_on_is_that_of_this_call(net: nn.Module) -> None:
    same, other = torch.rand(3, 4), torch.rand(3, 4)
    for arguments in ((same, same, same), (same, same, other), (same, other, same), (other, same, same)):
        _, handed_on = net(*arguments)
        torch.testing.assert_close(handed_on, net.get_submodule("top")(arguments[2]))


class Deep(nn.Module):
    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.top = nn.Linear(4, 2)

    def forward(self, states: Tensor) -> Tensor:
        for layer in self.layers:
            states = layer(states, states, states)[0]
        return states


class Wide(Layer):
    """Another number of outputs, which only an attribute says."""

    def __init__(self, times: Any, layer_idx: int = 0) -> None:
        super().__init__()
        self.times, self.layer_idx = times, layer_idx

    def forward(self, states: Tensor, mask: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        return super().forward(states.repeat(int(self.times), 1), mask.repeat(int(self.times), 1), other)


@pytest.mark.parametrize(
    ("layers", "calls", "rows"),
    [
        ([Layer(), Layer(), Layer()], 1, 3),
        ([Wide(1, layer_idx=0), Wide(1, layer_idx=1)], 1, 3),
        ([Wide(2), Wide(1), Wide(2)], 3, 12),  # the first sees 3 rows, the last 6
        ([Wide(1), Wide(1.0)], 2, 3),
        ([Wide(torch.tensor(1)), Wide(torch.tensor(2))], 2, 6),
    ],
)
def test_layers_of_one_build_compute_a_shape_once(layers: list[Layer], calls: int, rows: int) -> None:
    net = Deep(*layers)
    Layer.calls = 0
    deep = meta_copy(net, [net.top], [*layers], wrap=True)[0]
    for _ in range(2):
        assert deep(torch.rand(3, 4)).shape == (rows, 4)
    assert Layer.calls == calls


def test_a_value_made_of_a_shape_is_refused() -> None:
    with pytest.raises(CutError, match="used above it"), NoMetaInValues():  # type: ignore[no-untyped-call]
        torch.einsum("ij,jk->ik", torch.empty(2, 2, device="meta"), torch.ones(2, 2))
