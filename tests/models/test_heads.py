from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block, ImagePreprocess
from ftcli.models.heads import ACTIVATIONS, Classifier, build_head


class Features(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(5, 4)

    def forward(self, pixels: Tensor) -> Tensor | tuple[Tensor, ...]:
        features: Tensor = self.net(pixels)
        return (features, features[:, :2], features[:, :3]) if self.training else features


def backbone(auxiliary: tuple[int, ...] = ()) -> Backbone:
    blocks = (Block("stem", ("net.weight",)), Block("top", ("net.bias",)))
    preprocess = ImagePreprocess(8, 8)
    return Backbone(Features(), preprocess, 4, blocks, "x", "cnn", auxiliary, 0.3 if auxiliary else 0.0)


def kinds(head: nn.Sequential) -> list[str]:
    return [type(layer).__name__ for layer in head]


def test_a_head_is_linear_unless_hidden() -> None:
    head = build_head(Head(), 4, 3)
    assert kinds(head) == ["Linear"]
    assert head(torch.ones(2, 4)).shape == (2, 3)


def test_hidden_layers_have_activations_and_dropout_before_each_layer() -> None:
    head = build_head(Head(hidden=(8, 6), activation="gelu", dropout=0.1), 4, 3)
    assert kinds(head) == ["Dropout", "Linear", "GELU"] * 2 + ["Dropout", "Linear"]
    assert [layer.out_features for layer in head if isinstance(layer, nn.Linear)] == [8, 6, 3]


def test_every_activation_of_the_contract_is_known() -> None:
    choices = Head.__dataclass_fields__["activation"].metadata["choices"]
    assert set(choices) == set(ACTIVATIONS)


def test_the_children_are_backbone_and_head() -> None:
    model = Classifier(backbone(), Head(), 3)
    assert [name for name, _ in model.named_children()] == ["backbone", "head"]
    assert model.eval()(pixels=torch.ones(2, 5)).shape == (2, 3)


def test_auxiliary_heads_answer_in_training() -> None:
    model = Classifier(backbone((2, 3)), Head(), 7)
    assert [name for name, _ in model.named_children()] == ["backbone", "head", "auxiliary"]
    logits = model.train()(pixels=torch.ones(2, 5))
    assert [tuple(one.shape) for one in logits] == [(2, 7)] * 3
    assert model.auxiliary_weight == pytest.approx(0.3)
    assert model.eval()(pixels=torch.ones(2, 5)).shape == (2, 7)


def test_the_ladder_of_the_model_ends_with_the_head() -> None:
    blocks = Classifier(backbone((2, 3)), Head(), 7).blocks
    assert [block.name for block in blocks] == ["stem", "top", "head"]
    names = [name for name, _ in Classifier(backbone((2, 3)), Head(), 7).named_parameters()]
    assert all(sum(block.holds(name) for block in blocks) == 1 for name in names)
