"""Outputs and targets that a metric keeps, in order, where sums do not suffice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Buffered(Generic[Item]):
    """An output and a target for each example, on the CPU."""

    def __init__(self) -> None:
        self.outputs: list[Item] = []
        self.targets: list[Item] = []

    def update(self, outputs: Sequence[Item], targets: Sequence[Item]) -> None:
        """Raises `ValueError` unless there are as many `outputs` as `targets`."""
        if len(outputs) != len(targets):
            raise ValueError(f"{len(outputs)} outputs for {len(targets)} targets")
        self.outputs += outputs
        self.targets += targets

    def merge(self, other: Buffered[Item]) -> None:
        """Append what `other` has kept."""
        self.outputs += other.outputs
        self.targets += other.targets
