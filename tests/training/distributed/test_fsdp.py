"""Which modules are units of FSDP2, and the copy without memory that finds them."""

from __future__ import annotations

import torch
from torch import nn

from ftcli.contracts import Block
from ftcli.training.distributed.fsdp import _meta_copy, _units


class Tied(nn.Module):
    """A backbone with a list of layers, an embedding that its output layer shares, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.embedding = nn.Embedding(5, 4)
        self.backbone.layers = nn.ModuleList([nn.Linear(4, 4), nn.Linear(4, 4)])
        self.backbone.output = nn.Linear(4, 5, bias=False)
        self.backbone.output.weight = self.backbone.embedding.weight
        self.head = nn.Linear(4, 2)
        self.register_buffer("scale", torch.ones(2))


def test_units_are_the_modules_of_the_blocks_then_the_backbone() -> None:
    """A list has no forward, so its modules are; a weight that two modules share is the backbone's."""
    model = Tied()
    blocks = [
        Block("embeddings", ("backbone.embedding",)),
        Block("layers", ("backbone.layers", "backbone.output")),
        Block("head", ("head", "scale")),
    ]
    names = {module: name for name, module in model.named_modules()}
    found = [names[unit] for unit in _units(model, blocks)]
    assert found == ["backbone.layers.0", "backbone.layers.1", "head", "backbone"]


def test_a_meta_copy_has_the_structure_and_no_memory() -> None:
    model = Tied()
    copied = _meta_copy(model)
    assert copied.state_dict().keys() == model.state_dict().keys()
    assert {value.device.type for value in (*copied.parameters(), *copied.buffers())} == {"meta"}
    assert copied.get_parameter("backbone.output.weight") is copied.get_parameter("backbone.embedding.weight")
    assert model.get_parameter("head.weight").device.type == "cpu"
