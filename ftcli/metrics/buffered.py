"""What scores keep that cannot be had from sums: outputs and targets, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Kept(Generic[Item]):
    """An output and a target for each example. Nothing of it may lie on a GPU."""

    def __init__(self) -> None:
        self.outputs: list[Item] = []
        self.targets: list[Item] = []

    def update(self, outputs: Sequence[Item], targets: Sequence[Item]) -> None:
        """Raises `ValueError` unless there are as many `outputs` as `targets`."""
        if len(outputs) != len(targets):
            raise ValueError(f"{len(outputs)} outputs for {len(targets)} targets")
        self.outputs += outputs
        self.targets += targets

    def merge(self, other: Kept[Item]) -> None:
        """Append what `other` has kept."""
        self.outputs += other.outputs
        self.targets += other.targets
