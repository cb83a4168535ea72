"""What was computed once, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from torch import Tensor

Key = TypeVar("Key")


class Memo(Generic[Key]):
    """Tensors by key, in memory, up to `room` bytes: what comes later is not kept."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[Key, Mapping[str, Tensor]] = {}

    def get(self, key: Key) -> Mapping[str, Tensor] | None:
        """What is kept under the key, or None."""
        return self._kept.get(key)

    def put(self, key: Key, inputs: Mapping[str, Tensor]) -> None:
        """Keep them where there is room."""
        size = 500 + sum(value.nbytes for value in inputs.values())  # 500 for the objects themselves
        if size <= self._room and key not in self._kept:
            self._room -= size
            self._kept[key] = inputs
