"""What the defaults depend on, and what they chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ftcli.config.schema import Part
from ftcli.contracts import Inputs, TargetKind


@dataclass(frozen=True, slots=True)
class Facts:
    """What the defaults depend on, known once data and backbone are open."""

    inputs: Inputs
    kind: TargetKind
    # `Backbone.family`.
    family: str
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


def chosen(choices: list[Choice], key: str, value: Any, reason: str) -> Any:
    choices.append(Choice(key, value, reason))
    return value
