"""How the weights of a model change in training."""

from __future__ import annotations

from dataclasses import dataclass, field

from ftcli.contracts import FreezePolicy
from ftcli.training.distributed.group import Group
from ftcli.training.optimizers import Rates
from ftcli.training.precision import Precision
from ftcli.training.schedules import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """What trains when, at which learning rates, in which number format, and on which ranks."""

    policy: FreezePolicy
    rates: Rates
    schedule: Schedule
    precision: Precision
    group: Group = field(default_factory=Group)
