"""Outputs of a network by name, whatever their structure, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils import _pytree as pytree

# The name of a single tensor.
SINGLE = "outputs"
Arrays = Mapping[str, NDArray[Any]]


def named(outputs: Any) -> dict[str, NDArray[Any]]:
    """The tensors in the outputs of a network: a single one is "outputs", others have their keys, such as "boxes.0"."""
    leaves, _ = pytree.tree_flatten_with_path(outputs)
    return {
        ".".join(map(_key, path)) or SINGLE: leaf.detach().cpu().numpy()
        for path, leaf in leaves
        if isinstance(leaf, Tensor)
    }


def like(outputs: Any, arrays: Arrays) -> Any:
    """Outputs of the same structure, with `arrays` in place of its tensors; on the device of these."""
    leaves, structure = pytree.tree_flatten_with_path(outputs)
    made = [
        torch.from_numpy(np.array(arrays[".".join(map(_key, path)) or SINGLE])).to(leaf.device)
        if isinstance(leaf, Tensor)
        else leaf
        for path, leaf in leaves
    ]
    return pytree.tree_unflatten(made, structure)


def _key(key: Any) -> str:
    return str(getattr(key, "key", getattr(key, "idx", getattr(key, "name", key))))
