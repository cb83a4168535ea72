"""The new head, and backbone plus head: the model that trains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block
from ftcli.models.compiling import compiled
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
    _steps: Callable[..., Any] | None = None  # the whole network, compiled

    def __init__(self, backbone: Backbone, head: Head, outputs: int) -> None:
        super().__init__()
        self.backbone = backbone.module
        self.head = build_head(head, backbone.width, outputs)
        self.auxiliary_weight = backbone.auxiliary_weight
        if backbone.auxiliary:
            self.auxiliary = nn.ModuleList(_zero(nn.Linear(width, outputs)) for width in backbone.auxiliary)

    def compile_steps(self) -> None:
        """From now on training runs through torch.compile: names, weights and evaluation stay as they are.

        Evaluation does not, so that its figures are those of the trained model anywhere. A network that is cut does
        not: nothing but the head is left where the backbone is frozen, and the parts of another are run by hooks,
        which would be compiled anew in every step.
        """
        self._steps = compiled(self._whole)

    def forward(self, features: Tensor | None = None, **inputs: Any) -> Tensor | tuple[Tensor, ...]:
        if self.cut is not None:
            at_cut = self.cut.begin(inputs) if features is None else features
            return self._headed(self.cut.finish(at_cut, inputs))
        whole = self._steps if self.training and self._steps is not None else self._whole
        outputs: Tensor | tuple[Tensor, ...] = whole(**inputs)
        return outputs

    def _whole(self, **inputs: Any) -> Tensor | tuple[Tensor, ...]:
        return self._headed(self.backbone(**inputs))

    def _headed(self, outputs: Any) -> Tensor | tuple[Tensor, ...]:
        if isinstance(outputs, tuple):
            main, *others = outputs
            pairs = zip(self.auxiliary, others, strict=True)
            return (self.head(main), *(layer(other) for layer, other in pairs))
        logits: Tensor = self.head(outputs)
        return logits


def ladder(backbone: Backbone) -> tuple[Block, ...]:
    """The blocks of a `Classifier` on `backbone`, by their names in the whole model, head last."""
    blocks = [
        Block(block.name, tuple(f"backbone.{prefix}" for prefix in block.prefixes))
        for block in backbone.blocks
    ]
    return (*blocks, Block("head", ("head", "auxiliary")))
