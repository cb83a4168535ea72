"""How weights change."""

from __future__ import annotations

import torch

from ftcli.training.optimizers import SGD
from ftcli.training.precision import Fp32
from ftcli.training.schedules import Constant
from ftcli.training.strategy import Strategy
from tests.training.toy import Everything


def test_a_strategy_is_for_one_process_unless_it_has_a_group() -> None:
    parts = {"rates": SGD(), "schedule": Constant(), "precision": Fp32(torch.device("cpu"))}
    one, other = (Strategy(policy=Everything(), **parts) for _ in range(2))  # type: ignore[arg-type]
    assert (one.group.size, one.group.rank, one.group.leads) == (1, 0, True)
    assert one.group is not other.group
