"""Encoded examples, and the batches that they form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example after everything deterministic: what may be stored.

    `inputs` holds `pixels`, a uint8 tensor (3, H, W), or `input_ids` (and `token_type_ids`), int32 (tokens), or of a
    sound `values`, float32 (samples or frames, ...), and their `length`. `target` is for the
    task that made it: a class index, a tuple of them, a number, a mask. `seed` feeds the random part (augmentation):
    a function of (run seed, epoch, example), set by the loader.
    """

    id: str
    inputs: Mapping[str, Any]
    target: Any = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Packing:
    """Encoded texts joined and cut into blocks of `length` tokens, with the tokens `before` and `after` around each."""

    length: int
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples together. `inputs` is exactly what `model(**inputs)` takes."""

    inputs: Mapping[str, Any]
    # Tensors, alone or in lists and mappings, as the task compares them, and what else it needs of the examples; None
    # when predicting, if it needs nothing.
    targets: Any = None
    ids: Sequence[str] = ()
    # Tensors that the task needs, and no model takes.
    extras: Mapping[str, Any] = field(default_factory=dict)
    # Targets per example, where `targets` is flat over the batch (language modelling); None where the first dimension
    # of every tensor, and of every list, is that of the examples.
    shares: Sequence[int] | None = None
    # The size of the global batch where this is the part of one rank, else 0. A part without ids adds no loss, and is
    # there because every rank has to take the step.
    whole: int = 0

    @property
    def examples(self) -> int:
        """How many examples the batch has, all its parts together."""
        return self.whole or len(self.ids)

    def pin_memory(self) -> Batch:
        """The batch in pinned memory, from which copies to a GPU need no waiting. PyTorch's loader calls it."""
        return self.each(lambda tensor: tensor.pin_memory())

    def each(self, change: Callable[[Tensor], Tensor]) -> Batch:
        """The batch with every tensor changed, wherever it is."""
        parts = {name: changed(getattr(self, name), change) for name in ("inputs", "targets", "extras")}
        return replace(self, **parts)

    def part(self, start: int, stop: int) -> Batch:
        """The examples from `start` to before `stop`, padded as they are here; the tensors share memory with these."""
        size, shares = len(self.ids), self.shares
        inputs, extras = (_cut(value, start, stop, size) for value in (self.inputs, self.extras))
        if shares is None:
            return Batch(inputs, _cut(self.targets, start, stop, size), self.ids[start:stop], extras)
        targets = self.targets[sum(shares[:start]) : sum(shares[:stop])]
        return Batch(inputs, targets, self.ids[start:stop], extras, shares[start:stop])


def _cut(value: Any, start: int, stop: int, size: int) -> Any:
    """The items from `start` to before `stop` of a value of `size` examples. Raises `ValueError` for one of others."""
    if isinstance(value, Mapping):
        return {name: _cut(item, start, stop, size) for name, item in value.items()}
    if isinstance(value, list | tuple) or hasattr(value, "pin_memory"):
        if len(value) != size:
            raise ValueError(f"{len(value)} items in a batch of {size} examples")
        return value[start:stop]
    return value


def changed(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    """A value with every tensor in it changed, in mappings, lists and tuples too."""
    if isinstance(value, Mapping):
        return {name: changed(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(changed(item, change) for item in value)
    return change(value) if hasattr(value, "pin_memory") else value
