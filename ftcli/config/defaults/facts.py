"""What the defaults depend on, and what they chose."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ftcli.config.schema import Part
from ftcli.contracts import Inputs, TargetKind

# Where a probe leaves so much to gain, training is the usual one, and its head begins at zero; where it leaves less,
# all blocks train at once, from the probe, for a part of the usual length. Pairs of runs of MobileNetV1 and V2 on small
# sets of photographs, in points of accuracy on test: with probes at 0.84 to 0.91 that training ended lower than the
# usual one without a probe in 7 of 11 pairs, higher in 3, by 1.6 on average; with probes at 0.59 to 0.71 starting from
# them lost 2 to 5 in 4 of 4. The threshold was chosen on these pairs.
MUCH_TO_GAIN = 0.1


class Probed(NamedTuple):
    """A linear probe of the frozen features: what it leaves to gain."""

    # A figure that is 1 where nothing is left to gain, of examples that the probe was not fitted to, and how many.
    figure: str
    held_out: float
    examples: int
    # Whether the head is such a layer.
    linear: bool
    # `Probing.squared`
    squared: bool = False

    @property
    def error(self) -> float:
        """What is left to gain, from 0 to 1."""
        left = min(1.0, max(0.0, 1.0 - self.held_out))
        return math.sqrt(left) if self.squared else left

    @property
    def noise(self) -> float:
        """How uncertain that is: one standard error, as of a proportion; never 0, as few examples show no small one."""
        variance = max(self.error * (1 - self.error), 1 / self.examples)
        return math.sqrt(variance / self.examples)

    @property
    def share(self) -> float:
        """The share of the usual training that it leaves."""
        return min(1.0, (self.error + self.noise) / MUCH_TO_GAIN) if self.linear else 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the defaults depend on, known once data and backbone are open."""

    inputs: Inputs
    kind: TargetKind
    # `Backbone.family` and `Backbone.width`.
    family: str
    width: int
    pretrained: bool
    # Training examples.
    examples: int
    # Training examples of the rarest class; None where an example does not have one class.
    smallest_class: int | None
    # Whether there is a validation split.
    validated: bool
    # The figure that decides which epoch is best.
    metric: str
    loss: str
    cores: int
    # The type of the device that trains: cpu, cuda, ...
    device: str
    # Seconds of audio that the network takes, where that is fixed.
    window: float | None = None
    # Two classes that are mirror images of each other, by their names.
    mirrored: tuple[str, str] | None = None
    # None before one is fitted, and where none can be.
    probed: Probed | None = None
    # For a key of options without a name: the parts of `CHOSEN` that take them, by name.
    fitting: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)

    @property
    def of_texts(self) -> bool:
        """Whether all inputs are texts."""
        return all(one.tokenised for one in self.inputs)

    def has(self, key: str) -> bool:
        """Whether a key of `data` has a meaning for the inputs."""
        return any(key in one.keys for one in self.inputs)


class Choice(NamedTuple):
    """A key that was left out, its value, and why."""

    key: str
    value: Any
    reason: str
    # Whether it was left to measurements, whose result one waits for.
    measured: bool = False


def chosen(choices: list[Choice], key: str, value: Any, reason: str) -> Any:
    choices.append(Choice(key, value, reason))
    return value
