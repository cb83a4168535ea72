"""The new head, and backbone plus head: the model that trains."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block
from ftcli.models.cut import Cut

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def build_head(head: Head, width: int, outputs: int) -> nn.Sequential:
    """Features (B, width) to logits (B, outputs): linear, or a multi-layer perceptron; dropout before each layer.

    The last layer starts at zero, as in BiT (Kolesnikov et al. 2020): the first predictions are even, and no random
    draw decides how good a head on few examples becomes.
    """
    layers: list[nn.Module] = []
    for size in head.hidden:
        layers += [*_dropout(head), nn.Linear(width, size), ACTIVATIONS[head.activation]()]
        width = size
    return nn.Sequential(*layers, *_dropout(head), _zero(nn.Linear(width, outputs)))


def _zero(layer: nn.Linear) -> nn.Linear:
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _dropout(head: Head) -> list[nn.Module]:
    return [nn.Dropout(head.dropout)] if head.dropout else []


class Classifier(nn.Module):
    """Backbone plus head: children `backbone`, `head` and, where there are auxiliary features, `auxiliary`.

    `forward(**inputs)` gives logits (B, outputs); in training a backbone with auxiliary features gives (logits,
    auxiliary logits, ...) instead, and the loss of each of those counts `auxiliary_weight` times.

    With a `cut` the frozen blocks run in inference form, or not at all where `features` at the cut are given.
    """

    cut: Cut | None = None

    def __init__(self, backbone: Backbone, head: Head, outputs: int) -> None:
        super().__init__()
        self.backbone = backbone.module
        self.head = build_head(head, backbone.width, outputs)
        self.auxiliary_weight = backbone.auxiliary_weight
        if backbone.auxiliary:
            self.auxiliary = nn.ModuleList(_zero(nn.Linear(width, outputs)) for width in backbone.auxiliary)

    def forward(self, features: Tensor | None = None, **inputs: Any) -> Tensor | tuple[Tensor, ...]:
        outputs = self._outputs(features, inputs)
        if isinstance(outputs, tuple):
            main, *others = outputs
            pairs = zip(self.auxiliary, others, strict=True)
            return (self.head(main), *(layer(other) for layer, other in pairs))
        logits: Tensor = self.head(outputs)
        return logits

    def _outputs(self, features: Tensor | None, inputs: dict[str, Any]) -> Any:
        if self.cut is None:
            return self.backbone(**inputs)
        return self.cut.finish(self.cut.begin(inputs) if features is None else features, inputs)


def ladder(backbone: Backbone) -> tuple[Block, ...]:
    """The blocks of a `Classifier` on `backbone`, by their names in the whole model, head last."""
    blocks = [
        Block(block.name, tuple(f"backbone.{prefix}" for prefix in block.prefixes))
        for block in backbone.blocks
    ]
    return (*blocks, Block("head", ("head", "auxiliary")))
