from __future__ import annotations

import pytest
import torchvision
from torch import nn

from ftcli.config.schema import Head
from ftcli.contracts import Block, block_by_name
from ftcli.models.freezing.cut import frozen_depth
from ftcli.models.freezing.ladder import has_state, is_norm, torchvision_ladder
from ftcli.models.freezing.policies import Gradual
from ftcli.models.heads import Classifier
from tests.models.conftest import load


@pytest.mark.parametrize("name", ["resnet18", "swin_t", "densenet121"])
def test_a_table_of_names_gives_what_each_block_holds(name: str) -> None:
    net = torchvision.models.get_model(name, weights=None)
    blocks = torchvision_ladder(net)
    names = [name for name, _ in [*net.named_parameters(), *net.named_buffers()]]
    found = block_by_name(names, blocks[1:])
    assert found == {name: block for name in names for block in blocks[1:] if block.holds(name)}


def test_a_norm_belongs_to_the_layer_before_it() -> None:
    net = nn.Sequential()
    net.conv1, net.layer1, net.norm = nn.Conv2d(3, 4, 1), nn.Linear(4, 4), nn.LayerNorm(4)
    assert [block.prefixes for block in torchvision_ladder(net)] == [("conv1",), ("layer1", "norm")]


def test_norms_and_empty_modules_are_recognised() -> None:
    assert is_norm(nn.BatchNorm2d(2))
    assert not is_norm(nn.Linear(2, 2))
    assert has_state(nn.Linear(2, 2))
    assert not has_state(nn.ReLU())


def test_no_block_is_asked_for_each_parameter_and_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Classifier(load("torchvision/resnet18", "image", weights="none", image_size=32), Head(), 2)
    monkeypatch.setattr(Block, "holds", lambda *_: pytest.fail("a block was asked"))
    policy = Gradual()
    policy.prepare(model, model.blocks, 6)
    trained = [policy.trainable(epoch) for epoch in range(6)]
    assert [frozen_depth(model.blocks[:-1], names) for names in trained] == [5, 4, 3, 2, 1, 0]
