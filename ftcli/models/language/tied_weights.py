"""Output layers of language models that share their weights with the embeddings, or do not."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def untie_different(net: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Untie the output layer where `state` has other weights for it than for the embeddings."""
    pairs = ((one, other) for one, other in _ties(net) if {one, other} <= state.keys())
    if any(not torch.equal(state[one], state[other]) for one, other in pairs):
        untie(net)


def _ties(net: nn.Module) -> list[tuple[str, str]]:
    """The names of the output layer's weights, each with the first name of the same weights."""
    first = {id(value): name for name, value in net.named_parameters()}
    output = getattr(net.get_output_embeddings(), "weight", None)  # type: ignore[operator]
    names = [name for name, value in net.named_parameters(remove_duplicate=False) if value is output]
    return [(name, first[id(output)]) for name in names if name != first[id(output)]]


def is_tied(net: nn.Module) -> bool:
    """Whether the output layer of a language model has the weights of its embeddings."""
    return bool(_ties(net))


def untie(net: nn.Module) -> None:
    """Give the output layer weights of its own: those of Flan-T5 are not tied, though its configuration says so."""
    output = net.get_output_embeddings()  # type: ignore[operator]
    if output is not None:
        output.weight = nn.Parameter(output.weight.detach().clone())
