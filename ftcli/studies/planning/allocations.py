"""What memory a computation takes and gives back, one after the other, also where its tensors hold no numbers."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only


class Event(NamedTuple):
    """So many bytes are taken under a number; with 0 those of this number are given back."""

    number: int
    bytes: int


class Allocations(TorchDispatchMode):
    """Within it `events` has the memory of the tensors that operations make; that of tensors in `known` is there."""

    def __init__(self, known: Iterable[Tensor]) -> None:
        super().__init__()
        self.events: list[Event] = []
        self._count = 0
        self._alive: dict[int, weakref.ref[Any]] = {}
        for tensor in known:
            self._see(tensor, noted=False)

    def __torch_dispatch__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        made = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._see, made)
        return made

    def take(self, size: int) -> int:
        """So many bytes are taken by something else; the number to give them back under."""
        self._count += 1
        self.events.append(Event(self._count, size))
        return self._count

    def give_back(self, number: int) -> None:
        """What was taken under a number is given back."""
        self.events.append(Event(number, 0))

    def _see(self, tensor: Tensor, *, noted: bool = True) -> None:
        memory = tensor.untyped_storage()
        key = id(memory)
        if key in self._alive:
            return
        number = self.take(memory.nbytes()) if noted else None
        # Views have the same memory, which lives as long as the last of them.
        self._alive[key] = weakref.ref(memory, partial(self._gone, key, number))

    def _gone(self, key: int, number: int | None, _: Any) -> None:
        del self._alive[key]
        if number is not None:
            self.give_back(number)


def most(events: Iterable[Event], unit: int = 1) -> int:
    """The most bytes that are taken at once, each time in multiples of `unit`."""
    taken: dict[int, int] = {}
    now = peak = 0
    for number, size in events:
        now -= taken.pop(number, 0)
        if size:
            taken[number] = -(-size // unit) * unit
            now += taken[number]
        peak = max(peak, now)
    return peak
