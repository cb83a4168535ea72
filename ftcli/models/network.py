"""The model that trains, for any task: a backbone, and the ladder of all its blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from ftcli.contracts import Backbone, Block
from ftcli.models.compilation import compiled
from ftcli.models.freezing.cut import Cut


class Network(nn.Module):
    """`forward(**inputs)` gives what the task's loss takes. `blocks` holds every parameter, the head last.

    This is a network whose head is inside its backbone. It cannot be cut, so `features` at a cut are never given.
    """

    cut: Cut | None = None
    uncut: str | None = "a network of this kind is not cut"  # why, where it cannot be
    _steps: Callable[..., Any] | None = None  # the whole network, compiled
    # Whether, where it does not train, the outputs for images and for their mirror images are averaged.
    mirrored = False

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone.module
        self.blocks: tuple[Block, ...] = (
            *(block.under("backbone") for block in backbone.blocks),
            self._head(backbone),
        )

    @property
    def linear(self) -> nn.Linear | None:
        """The one layer of a new head, which gives all outputs from the features of the backbone; None of others."""
        return None

    def _head(self, backbone: Backbone) -> Block:
        return Block("head", backbone.head).under("backbone")

    def compile_steps(self) -> None:
        """From now on training runs through torch.compile: names, weights and evaluation stay as they are.

        Evaluation does not, so that its figures are those of the trained model anywhere. A network that is cut does
        not: nothing but the head is left where the backbone is frozen, and the parts of another are run by hooks,
        which would be compiled again in every step.
        """
        self._steps = compiled(self._whole)

    def forward(self, **inputs: Any) -> Any:
        whole = self._steps if self.training and self._steps is not None else self._whole
        outputs = whole(**inputs)
        return (
            (outputs + whole(**_mirror_images(inputs))) / 2
            if self.mirrored and not self.training
            else outputs
        )

    def _whole(self, **inputs: Any) -> Any:
        return self.backbone(**inputs)


def _mirror_images(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs (B, C, height, width), with left and right exchanged."""
    return {name: value.flip(-1) for name, value in inputs.items()}
