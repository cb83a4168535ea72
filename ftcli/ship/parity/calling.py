"""The tensors that a network is called with: what `network` of an exported folder takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ftcli.contracts import Batch


@contextmanager
def tensors_alone(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """For this while the network is called with tensors alone; gives those of the last call, by name.

    They are a batch's, and for networks that write also the tokens to continue. The targets of detectors, lists from
    which they compute losses, are left out.
    """
    given: dict[str, Tensor] = {}

    def keep(_: nn.Module, values: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
        given.clear()
        given.update({name: value for name, value in named.items() if isinstance(value, Tensor)})
        return values, dict(given)

    handle = model.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        yield given
    finally:
        handle.remove()


def arrays(tensors: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """The tensors as arrays."""
    return {name: np.ascontiguousarray(value.cpu().numpy()) for name, value in tensors.items()}


def same_inputs(one: Batch, other: Batch) -> bool:
    """Whether two batches are the same for the network."""
    return one.inputs.keys() == other.inputs.keys() and all(
        value.shape == other.inputs[name].shape and bool((value == other.inputs[name]).all())
        for name, value in one.inputs.items()
    )
