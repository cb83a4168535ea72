"""The new head, and backbone plus head."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import Backbone, Block, Form
from ftcli.models.network import Network

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def build_head(head: Head, width: int, outputs: int, *, form: Form = "vector") -> nn.Sequential:
    """Features to logits: linear, or a multi-layer perceptron; dropout before each layer.

    (B, width) to (B, outputs), (B, T, width) to (B, T, outputs), or for "maps" (B, width, h, w) to (B, outputs, h, w).
    The last layer starts at zero, as in BiT (Kolesnikov et al. 2020): the first predictions are even, and no random
    draw decides how good a head on few examples becomes.
    """
    layers: list[nn.Module] = []
    for size in head.hidden:
        layers += [*_dropout(head), _layer(width, size, form), ACTIVATIONS[head.activation]()]
        width = size
    return nn.Sequential(*layers, *_dropout(head), last_layer(width, outputs, form))


def last_layer(width: int, outputs: int, form: Form) -> nn.Module:
    """A layer of logits that starts at zero."""
    layer = _layer(width, outputs, form)
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def _layer(width: int, outputs: int, form: Form) -> nn.Linear | nn.Conv2d:
    return nn.Conv2d(width, outputs, kernel_size=1) if form == "maps" else nn.Linear(width, outputs)


def _dropout(head: Head) -> list[nn.Module]:
    return [nn.Dropout(head.dropout)] if head.dropout else []


class Classifier(Network):
    """Backbone plus head: children `backbone`, `head` and, where there are auxiliary features, `auxiliary`.

    `forward(**inputs)` gives logits, see `build_head`; in training a backbone with auxiliary features gives (logits,
    auxiliary logits, ...) instead, and the loss of each of those counts `auxiliary_weight` times.

    With a `cut` the frozen blocks run in inference form, or not at all where `features` at the cut are given.
    """

    uncut = None

    def __init__(self, backbone: Backbone, head: Head, outputs: int) -> None:
        super().__init__(backbone)
        self.head = build_head(head, backbone.width, outputs, form=backbone.form)
        self.auxiliary_weight = backbone.auxiliary_weight
        if backbone.auxiliary:
            layers = (last_layer(width, outputs, backbone.form) for width in backbone.auxiliary)
            self.auxiliary = nn.ModuleList(layers)

    @property
    def linear(self) -> nn.Linear | None:
        layers = [layer for layer in self.head if not isinstance(layer, nn.Dropout)]
        return layers[0] if len(layers) == 1 and isinstance(layers[0], nn.Linear) else None

    def _head(self, backbone: Backbone) -> Block:
        return Block("head", ("head", "auxiliary"))

    def forward(self, features: Tensor | None = None, **inputs: Any) -> Tensor | tuple[Tensor, ...]:
        if self.cut is not None:
            at_cut = self.cut.begin(inputs) if features is None else features
            return self._headed(self.cut.finish(at_cut, inputs))
        outputs: Tensor | tuple[Tensor, ...] = super().forward(**inputs)
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
