"""One pass over a split without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss, Metric, Prediction, TaskPredictor, TaskScorer, changed
from ftcli.training.memory import Pieces, full, is_out_of_memory
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
        total, count = self.sums.sum(dim=0).tolist() if self.examples else (0.0, 0.0)
        return float(total / count) if count else math.nan

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
def evaluate(
    model: nn.Module, task: TaskScorer, batches: Iterable[Batch], precision: Precision
) -> Evaluation:
    """Score every batch, in pieces where memory is short. The model is left in eval mode."""
    model.eval()
    metrics, pieces = task.metrics(), Pieces()
    totals: list[Tensor] = []  # stay on the device until the end
    counts: list[Tensor] = []
    examples = 0

    def passed(batch: Batch) -> tuple[Loss, Iterable[tuple[Any, Any]]]:
        """One pass, of which nothing has counted yet: where memory is short, it is taken again."""
        with torch.no_grad(), precision.autocast():
            batch = to_device(batch, precision.device)
            outputs = task.outputs(model, batch)
            return task.loss(outputs, batch), task.measured(model, batch, outputs)

    for batch in batches:
        for loss, pairs in pieces.each(batch, passed):
            with precision.autocast():
                score(metrics, pairs)
            totals.append(loss.total)
            counts.append(loss.count)
        examples += len(batch.ids)
    sums = torch.stack([torch.stack(totals), torch.stack(counts)]).T.cpu() if totals else torch.zeros(0, 2)
    return Evaluation(sums.double(), metrics, examples)


def score(metrics: Mapping[str, Metric], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Add pairs (predicted, true) to all metrics. Raises `TrainingError` where memory is full: some have counted."""
    try:
        for predicted, true in pairs:
            for metric in metrics.values():
                metric.update(predicted, true)
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise full() from error
        raise


def _on_cpu(metric: Metric) -> Metric:
    moved = copy(metric)
    vars(moved).update(changed(vars(metric), Tensor.cpu))
    return moved


@torch.no_grad()
def predict(
    model: nn.Module, task: TaskPredictor, batches: Iterable[Batch], precision: Precision
) -> Iterator[Prediction]:
    """Predictions in the order of the batches, in pieces where memory is short. The model is left in eval mode."""
    model.eval()

    def work(batch: Batch) -> list[Prediction]:
        with torch.no_grad(), precision.autocast():
            return task.predictions(model, to_device(batch, precision.device))

    pieces = Pieces()
    for batch in batches:
        for predictions in pieces.each(batch, work):
            yield from predictions
