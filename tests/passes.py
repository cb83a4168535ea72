"""One pass of a task over a batch, as training and evaluation take it."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from ftcli.contracts import Batch, Loss, Metric, TaskCriterion, TaskScorer
from ftcli.training.evaluate import score


def loss_of(task: TaskCriterion, model: nn.Module, batch: Batch) -> Loss:
    """Forward pass and loss."""
    return task.loss(task.outputs(model, batch), batch)


def scored(task: TaskScorer, model: nn.Module, batch: Batch, metrics: Mapping[str, Metric]) -> Loss:
    """Forward pass into `metrics`; the loss of the same pass."""
    outputs = task.outputs(model, batch)
    score(task, metrics, task.measured(model, batch, outputs), batch.shares)
    return task.loss(outputs, batch)
