"""The states of a network: of its last layer, or the mean over its layers."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn

from ftcli.models.backbones.layers import LayeredNetwork, mean_over_layers


class Pooled(LayeredNetwork):
    """Pools its last layer in a way of its own."""

    layered = False


def test_the_mean_is_over_layers_of_the_last_shape() -> None:
    network, layers = LayeredNetwork(), [torch.full((2, 3, 4), float(value)) for value in (9, 1, 3)]
    output = SimpleNamespace(last_hidden_state=layers[-1], hidden_states=(*layers, torch.ones(2, 6, 4)))
    assert network.states(output) is layers[-1]
    assert network.states_options() == {}
    with mean_over_layers(network) as meant:
        assert meant
        assert network.states_options() == {"output_hidden_states": True}
        assert torch.equal(network.states(output), torch.full((2, 3, 4), 2.0))
        assert network.states(SimpleNamespace(last_hidden_state=layers[0])) is layers[0]
    assert "layer_mean" not in vars(network)
    assert network.states(output) is layers[-1]


def test_others_stay_as_they_are() -> None:
    for module in (nn.Linear(1, 1), Pooled()):
        with mean_over_layers(module) as meant:
            assert not meant
