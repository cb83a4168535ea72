"""An experiment before keys that were left out are filled, so that they can be filled again by what is found later."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ftcli.config.defaults.facts import Choice, Facts, Probed
from ftcli.config.defaults.fill import fill
from ftcli.config.schema import Experiment


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What the defaults are filled from; `choices` were made elsewhere: by the data, the network, the machine."""

    experiment: Experiment
    facts: Facts
    choices: tuple[Choice, ...] = ()

    def filled(self, probed: Probed | None = None) -> tuple[Experiment, list[Choice]]:
        """The experiment with a value for every key, and all choices; after a probe, by what that leaves to gain."""
        experiment, choices = fill(self.experiment, replace(self.facts, probed=probed))
        return experiment, [*self.choices, *choices]
