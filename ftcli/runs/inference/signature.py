"""What a network takes: the names of its inputs, their types, and which of their axes differ between batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from ftcli.contracts import Example, TaskEncoder

BATCH = "batch"


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input: its type, such as "float32", and its axes: a size, or the name of one that differs."""

    dtype: str
    axes: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """The inputs of a network by name; `sample` is a batch of them."""

    inputs: Mapping[str, TensorSpec]
    sample: Mapping[str, Tensor]

    @property
    def dynamic_axes(self) -> dict[str, dict[int, str]]:
        """Of each input the axes that differ between batches, as exporters want them."""
        return {
            name: {axis: size for axis, size in enumerate(spec.axes) if isinstance(size, str)}
            for name, spec in self.inputs.items()
        }


def signature_of(task: TaskEncoder) -> Signature:
    """The signature by two batches: what differs between them is dynamic.

    Their numbers of examples differ, and one holds the shortest sample of the task, the other the longest.
    """
    short, long = task.samples()
    few, many = _inputs(task, [short, short]), _inputs(task, [long, long, long])
    names: dict[tuple[int, int], str] = {}
    specs = {}
    for name, one in few.items():
        pairs = enumerate(zip(one.shape, many[name].shape, strict=True))
        axes = tuple(BATCH if axis == 0 else _axis(sizes, names) for axis, sizes in pairs)
        specs[name] = TensorSpec(str(one.dtype).removeprefix("torch."), axes)
    return Signature(specs, many)


def _axis(sizes: tuple[int, int], names: dict[tuple[int, int], str]) -> int | str:
    """The size of an axis, or its name if it differs; axes that differ alike have the same name."""
    if sizes[0] == sizes[1]:
        return sizes[0]
    return names.setdefault(sizes, f"length_{len(names) + 1}" if names else "length")


def _inputs(task: TaskEncoder, examples: Sequence[Example]) -> Mapping[str, Tensor]:
    inputs = task.collate([task.encode(example) for example in examples], training=False).inputs
    return {name: value for name, value in inputs.items() if isinstance(value, Tensor)}
