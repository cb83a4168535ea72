"""What a linear probe of the frozen features scores: the baseline of a training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ftcli.evidence.probe import Probe
from ftcli.metrics.figures import standard_error
from ftcli.metrics.intervals import Z


@dataclass(frozen=True, slots=True)
class Baseline:
    """A probe that was fitted to the training split."""

    probe: Probe
    # The figure that is watched in training.
    metric: str
    # Figures of training examples by fits without their fold; and of the validation split, None of a linear head, where
    # those are of epoch 0.
    held_out: Mapping[str, float]
    val: Mapping[str, float] | None
    # Of the features and of the fit.
    seconds: float
    # Examples, or words, that it was fitted to.
    units: int
    # Whether the head is such a layer: then it is epoch 0.
    linear: bool
    # Whether training starts from it; else the head begins at zero, as much is to gain.
    starts: bool = False

    def half_width(self, figures: Mapping[str, float], examples: int) -> float:
        """Half the width of an interval of 95 % of the watched figure; 0.0 where none is known."""
        return Z * standard_error(self.metric, figures.get(self.metric, 0.0), examples)

    def document(self) -> dict[str, Any]:
        """What the files of a run say of it."""
        found: dict[str, Any] = {
            "strength": self.probe.strength,
            "seconds": round(self.seconds, 2),
            "units": self.units,
            "linear": self.linear,
            "starts": self.starts,
            "held_out": dict(self.held_out),
        }
        return found if self.val is None else {**found, "val": dict(self.val)}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why there is no probe."""

    reason: str

    def document(self) -> dict[str, Any]:
        """What the files of a run say of it."""
        return {"skipped": self.reason}
