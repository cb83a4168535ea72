"""The phases of a plan, and where an optimizer step stands in its phase.

A freezing policy says where phases begin. The learning-rate schedule and early stopping start again in each. A limit of
time may end a phase, and the run, sooner than the plan does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ftcli.training.schedules import Position


def busiest(trainable: Callable[[int], Collection[str]], epochs: int) -> int:
    """The first of so many epochs, counted from 0, in which most parameters train."""
    return max(range(epochs), key=lambda epoch: len(trainable(epoch)))


@dataclass(frozen=True, slots=True)
class Phases:
    """Phases of whole epochs: `starts` are their first epochs, in order from 0; the last phase ends after `epochs`.

    `left_out` says how many epochs of the plan are left out before each phase, where time has ended earlier ones;
    `starts` and `epochs` are without them. After `length` steps all ends, which may be within an epoch.
    """

    starts: tuple[int, ...]
    epochs: int
    steps_per_epoch: int
    length: int | None = None
    left_out: tuple[int, ...] = ()

    @classmethod
    def shortened(
        cls,
        planned: Sequence[int],
        epochs: int,
        steps_per_epoch: int,
        left_out: Sequence[int],
        length: int | None,
    ) -> Phases:
        """Phases that start at the epochs `planned`, of a plan of `epochs`, as far as nothing is left out of it."""
        gaps = tuple(left_out) or (0,) * len(planned)
        starts = tuple(start - gap for start, gap in zip(planned, gaps, strict=True))
        return cls(starts, epochs - gaps[-1], steps_per_epoch, length, gaps)

    def index(self, epoch: int) -> int:
        """The phase that `epoch` is in; both are counted from 0."""
        return sum(start <= epoch for start in self.starts) - 1

    def span(self, epoch: int) -> tuple[int, int]:
        """The first epoch of the phase that `epoch` is in, and the epoch after its last."""
        ends = (*self.starts[1:], self.epochs)
        index = self.index(epoch)
        return self.starts[index], ends[index]

    def in_plan(self, epoch: int) -> int:
        """Which epoch of the plan `epoch` is, for what the plan says of it: what trains, and the order of examples."""
        return epoch + (self.left_out[self.index(epoch)] if self.left_out else 0)

    def position(self, step: int) -> Position:
        """Where an optimizer step, counted from 0 over all epochs, stands in its phase."""
        first, end = (epoch * self.steps_per_epoch for epoch in self.span(step // self.steps_per_epoch))
        if self.length is not None:
            end = max(step + 1, min(end, self.length))
        return Position(step - first, end - first, self.steps_per_epoch)
