"""The weights in an ONNX graph beside those of the network, as far as one can say which is which.

The exporter of PyTorch keeps the name of a weight that it stores as it is; it transposes others and names them anew,
and multiplies the channels of a convolution by what the norm behind it would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ftcli.ship.parity.weights import Pair

Array = NDArray[Any]
# Of the elements of a tensor, how many have to be equal for it to be meant.
MOST = 0.5
# By which the factors of a channel may differ: rounding, far below a weight that was changed.
ROUNDED = 1e-5


def initialisers(path: Path) -> dict[str, Array]:
    """The constant tensors of an ONNX file by name."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(path)).graph
    return {one.name: numpy_helper.to_array(one, base_dir=str(path.parent)) for one in graph.initializer}


def matched(state: Mapping[str, Array], found: Mapping[str, Array]) -> Iterator[Pair]:
    """Weights of a network with what stands for them in a graph; those for which nothing does are left out."""
    unnamed = {name: value for name, value in found.items() if name not in state and value.ndim > 1}
    for name, wanted in state.items():
        if wanted.ndim < 2 or wanted.dtype.kind != "f":
            continue
        if name in found:
            yield name, wanted, _without_scale(wanted, found[name])
            continue
        meant = next((one for other in unnamed.values() if (one := _meant(wanted, other)) is not None), None)
        if meant is not None:
            yield name, wanted, meant


def _without_scale(wanted: Array, found: Array) -> Array:
    """The weights of a convolution whose channels may have a factor each, without it; else as they are."""
    if found.ndim < 3 or found.shape != wanted.shape or np.array_equal(wanted, found):
        return found
    first, second = (one.reshape(len(one), -1).astype(np.float64) for one in (wanted, found))
    factors = np.divide((first * second).sum(axis=1), (first * first).sum(axis=1).clip(1e-30))[:, None]
    rounding = ROUNDED * np.abs(second).max(axis=1, keepdims=True).clip(1e-12)
    near = np.abs(second - factors * first) <= rounding
    return (
        np.where(near, first, second / np.where(factors, factors, 1))
        .reshape(wanted.shape)
        .astype(wanted.dtype)
    )


def _meant(wanted: Array, other: Array) -> Array | None:
    """A tensor of the graph as it stands in the network, where it is that one: most elements are equal."""
    for one in (other, other.T):
        if one.shape == wanted.shape and (one == wanted).mean() > MOST:
            return one
    return None
