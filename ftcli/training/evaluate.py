"""One pass over a split without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Metric, Prediction, Task
from ftcli.training.precision import Precision


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one pass has seen."""

    loss: float  # the mean over all units, whatever the batches; nan if there were none
    metrics: Mapping[str, Metric]
    examples: int

    def figures(self, *, thorough: bool) -> dict[str, float]:
        """The loss, then what the metrics give, `thorough` ones if asked for; nothing if no example was there."""
        figures = {"loss": self.loss} if self.examples else {}
        for metric in self.metrics.values():
            if thorough or not metric.thorough:
                figures |= metric.compute()
        return figures


def to_device(batch: Batch, device: torch.device) -> Batch:
    """The batch with its tensors on `device`."""
    return batch.each(lambda tensor: tensor.to(device, non_blocking=True))


@torch.no_grad()
def evaluate(model: nn.Module, task: Task, batches: Iterable[Batch], precision: Precision) -> Evaluation:
    """Score every batch. The model is left in eval mode."""
    model.eval()
    metrics = task.metrics()
    device = precision.device
    totals: list[Tensor] = []  # stay on the device until the end
    counts: list[Tensor] = []
    examples = 0
    for batch in batches:
        with precision.autocast():
            loss = task.score(model, to_device(batch, device), metrics)
        totals.append(loss.total)
        counts.append(loss.count)
        examples += len(batch.ids)
    mean = _sum(totals) / _sum(counts) if examples else math.nan
    return Evaluation(mean, metrics, examples)


def _sum(values: list[Tensor]) -> float:
    return float(torch.stack(values).cpu().double().sum())


@torch.no_grad()
def predict(
    model: nn.Module, task: Task, batches: Iterable[Batch], precision: Precision
) -> Iterator[Prediction]:
    """Predictions in the order of the batches. The model is left in eval mode."""
    model.eval()
    for batch in batches:
        with precision.autocast():
            predictions = task.predict(model, to_device(batch, precision.device))
        yield from predictions
