"""One pass over a split without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Metric, Prediction, Task, changed
from ftcli.training.precision import Precision


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one pass has seen."""

    sums: Tensor  # float64 (batches, 2): the total loss and the count of units of each batch
    metrics: Mapping[str, Metric]
    examples: int

    @property
    def loss(self) -> float:
        """The mean over all units, whatever the batches; nan if there were none."""
        total, count = self.sums.sum(dim=0).tolist() if self.examples else (math.nan, 1.0)
        return float(total / count)

    def merged(self, others: Sequence[Evaluation]) -> Evaluation:
        """This one and those of the batches that came after, which are merged into its metrics."""
        for name, metric in self.metrics.items():
            for other in others:
                metric.merge(other.metrics[name])
        sums = torch.cat([self.sums, *(other.sums for other in others)])
        return Evaluation(sums, self.metrics, self.examples + sum(other.examples for other in others))

    def on_cpu(self) -> Evaluation:
        """The same with all sums on the CPU, to be sent to another process."""
        metrics = {name: _on_cpu(metric) for name, metric in self.metrics.items()}
        return Evaluation(self.sums, metrics, self.examples)

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
    sums = torch.stack([torch.stack(totals), torch.stack(counts)]).T.cpu() if totals else torch.zeros(0, 2)
    return Evaluation(sums.double(), metrics, examples)


def _on_cpu(metric: Metric) -> Metric:
    moved = copy(metric)
    vars(moved).update(changed(vars(metric), Tensor.cpu))
    return moved


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
