"""Learning-rate schedules: a factor on every group's own rate, a pure function of the position where possible.

A class is one name of the `schedule` key; its fields are the options of that name. `warmup` counts steps from 1 up, or
is a fraction of the phase below 1; during it the rate rises linearly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from ftcli.config.keys import key


@dataclass(frozen=True, slots=True)
class Position:
    """Where training stands within a phase: optimizer steps, from 0."""

    step: int
    steps: int
    steps_per_epoch: int


@dataclass(slots=True, kw_only=True)
class Schedule:
    """The common part: warm-up, then `after`."""

    warmup: float = key("Steps, or a fraction of the phase below 1", 0.0, minimum=0.0)

    def factor(self, at: Position) -> float:
        """What to multiply every learning rate with for the step at this position."""
        warmup = self.warmup_steps(at.steps)
        if at.step < warmup:
            return (at.step + 1) / (warmup + 1)
        return self.after(at, (at.step - warmup) / max(1, at.steps - warmup))

    def warmup_steps(self, steps: int) -> int:
        """Steps of warm-up in a phase of `steps`, never all of them."""
        wanted = round(self.warmup * steps) if self.warmup < 1 else round(self.warmup)
        return min(wanted, max(0, steps - 1))

    def after(self, at: Position, progress: float) -> float:
        """The factor after warm-up; `progress` runs from 0 to (just below) 1."""
        raise NotImplementedError

    def observe(self, improved: bool) -> None:
        """Called after each evaluation with whether the metric improved; most schedules ignore it."""

    def state_dict(self) -> dict[str, Any]:
        """What `factor` depends on beside the position."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """The inverse of `state_dict`."""


@dataclass(slots=True, kw_only=True)
class Constant(Schedule):
    """The same rate throughout."""

    def after(self, at: Position, progress: float) -> float:
        return 1.0


@dataclass(slots=True, kw_only=True)
class Linear(Schedule):
    """Down to `floor` in a straight line."""

    warmup: float = key("Steps, or a fraction of the phase below 1", 0.1, minimum=0.0)
    floor: float = key("The factor at the end", 0.0, minimum=0.0, maximum=1.0)

    def after(self, at: Position, progress: float) -> float:
        return 1 - (1 - self.floor) * progress


@dataclass(slots=True, kw_only=True)
class Cosine(Schedule):
    """Down to `floor` along half a cosine (Loshchilov and Hutter, 2017, without restarts)."""

    warmup: float = key("Steps, or a fraction of the phase below 1", 0.1, minimum=0.0)
    floor: float = key("The factor at the end", 0.0, minimum=0.0, maximum=1.0)

    def after(self, at: Position, progress: float) -> float:
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * progress))


@dataclass(slots=True, kw_only=True)
class Step(Schedule):
    """Times `gamma` after every `every` epochs."""

    every: int = key("Epochs", 10, minimum=1)
    gamma: float = key("Factor", 0.1, exclusive_minimum=0.0, maximum=1.0)

    def after(self, at: Position, progress: float) -> float:
        return float(self.gamma ** (at.step // max(1, at.steps_per_epoch * self.every)))


@dataclass(slots=True, kw_only=True)
class Plateau(Schedule):
    """Times `gamma` when the metric has not improved for `patience` evaluations."""

    patience: int = key("Evaluations without improvement", 2, minimum=0)
    gamma: float = key("Factor", 0.1, exclusive_minimum=0.0, maximum=1.0)
    _stale: int = field(default=0, init=False)
    _drops: int = field(default=0, init=False)

    def after(self, at: Position, progress: float) -> float:
        return float(self.gamma**self._drops)

    def observe(self, improved: bool) -> None:
        self._stale = 0 if improved else self._stale + 1
        if self._stale > self.patience:
            self._stale, self._drops = 0, self._drops + 1

    def state_dict(self) -> dict[str, Any]:
        return {"stale": self._stale, "drops": self._drops}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._stale, self._drops = state["stale"], state["drops"]
