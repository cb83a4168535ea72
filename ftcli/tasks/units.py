"""What a linear probe learns from: the units that a head is applied to, one by one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ftcli.contracts import Batch


class VectorUnits:
    """The `TaskProbed` of tasks in which an example has one vector of features and one target.

    A part of a `SupervisedTask`, whose `metrics` and codec it uses.
    """

    metrics: Any
    _targets: Any

    def units(self, features: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The examples themselves."""
        return features, batch.targets, torch.arange(len(features))

    def unit_figures(self, outputs: Tensor, targets: Tensor) -> dict[str, float]:
        """The usual figures of the task, but those that take long."""
        metrics, pair = self.metrics(), self._targets.measured(outputs, targets)
        quick = [metric for metric in metrics.values() if not metric.thorough]
        for metric in quick:
            metric.update(*pair)
        return {name: value for metric in quick for name, value in metric.compute().items()}
