"""Networks of equal layers, whose features can be of the last layer or of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class LayeredNetwork(nn.Module):
    """A transformers network, which gives its states (B, T, W).

    With `layer_mean`, set on a network, they are the mean over its layers, without the embeddings: what networks are
    compared by. A head is trained on those of the last layer.
    """

    layer_mean: bool = False

    @property
    def layered(self) -> bool:
        """Whether `layer_mean` has a meaning for it: not where the network pools its last layer in a way of its own."""
        return True

    def states_options(self) -> dict[str, bool]:
        """Arguments that the network needs for its states."""
        return {"output_hidden_states": True} if self.layer_mean else {}

    def states(self, output: Any) -> Tensor:
        """The states from its output. Layers of another shape than the last one, as of a shorter text, are left out."""
        last: Tensor = output.last_hidden_state
        layers = getattr(output, "hidden_states", None) if self.layer_mean else None
        alike = [one for one in (layers or ())[1:] if one.shape == last.shape]
        return torch.stack(alike).mean(dim=0) if alike else last


@contextmanager
def mean_over_layers(module: nn.Module) -> Iterator[bool]:
    """Within, the features of a network are the mean over its layers; gives whether it has such."""
    if not isinstance(module, LayeredNetwork) or not module.layered:
        yield False
        return
    module.layer_mean = True
    try:
        yield True
    finally:
        # An attribute of the module decides what kept features are called.
        del module.layer_mean
