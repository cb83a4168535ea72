"""Every loss and every metric is what the contracts say."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Loss
from ftcli.tasks import TASKS
from tests.tasks.cases import made


def test_a_loss_has_no_parts_unless_it_names_them() -> None:
    loss = Loss(torch.tensor(3.0), torch.tensor(2))
    assert dict(loss.parts) == {}
    assert (loss.total / loss.count).item() == 1.5


@pytest.mark.parametrize("name", TASKS)
def test_metrics_of_a_task_begin_empty_and_merge(name: str) -> None:
    first, second = made(name).metrics(), made(name).metrics()
    for key, metric in first.items():
        assert isinstance(metric.thorough, bool)
        metric.merge(second[key])
        assert metric.compute() == {}
