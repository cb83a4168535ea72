"""The phases of a plan, and where an optimizer step stands in its phase.

A freezing policy says where phases begin. The learning-rate schedule and early stopping start again in each.
"""

from __future__ import annotations

from dataclasses import dataclass

from ftcli.training.schedules import Position


@dataclass(frozen=True, slots=True)
class Phases:
    """Phases of whole epochs: `starts` are their first epochs, in order from 0; the last phase ends after `epochs`."""

    starts: tuple[int, ...]
    epochs: int
    steps_per_epoch: int

    def index(self, epoch: int) -> int:
        """The phase that `epoch` is in; both are counted from 0."""
        return sum(start <= epoch for start in self.starts) - 1

    def span(self, epoch: int) -> tuple[int, int]:
        """The first epoch of the phase that `epoch` is in, and the epoch after its last."""
        ends = (*self.starts[1:], self.epochs)
        index = self.index(epoch)
        return self.starts[index], ends[index]

    def position(self, step: int) -> Position:
        """Where an optimizer step, counted from 0 over all epochs, stands in its phase."""
        first, end = self.span(step // self.steps_per_epoch)
        return Position(
            step - first * self.steps_per_epoch, (end - first) * self.steps_per_epoch, self.steps_per_epoch
        )
