"""One pass over a split without gradients: evaluation and prediction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss, Metric, Prediction, TaskPredictor, TaskScorer, changed
from ftcli.training.oom import Chunks, is_out_of_memory, out_of_memory
from ftcli.training.precision import Precision


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The losses and metrics of one pass."""

    # float64 (batches, 2): the total loss and the count of units of each batch.
    sums: Tensor
    metrics: Mapping[str, Metric]
    examples: int

    @property
    def loss(self) -> float:
        """The mean over all units, whatever the batches; NaN if there were none."""
        total, count = self.sums.sum(dim=0).tolist() if self.examples else (0.0, 0.0)
        return float(total / count) if count else math.nan

    def merged(self, others: Sequence[Evaluation]) -> Evaluation:
        """This pass and those over the batches that follow, in order. Their metrics are merged into these."""
        for name, metric in self.metrics.items():
            for other in others:
                metric.merge(other.metrics[name])
        sums = torch.cat([self.sums, *(other.sums for other in others)])
        return Evaluation(sums, self.metrics, self.examples + sum(other.examples for other in others))

    def on_cpu(self) -> Evaluation:
        """The same with all tensors on the CPU, to be sent to another rank."""
        metrics = {name: _on_cpu(metric) for name, metric in self.metrics.items()}
        return Evaluation(self.sums, metrics, self.examples)

    def figures(self, *, thorough: bool) -> dict[str, float]:
        """The loss and the figures of the metrics, `thorough` ones if asked for; empty if there was no example."""
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
    """Score every batch, in smaller chunks if memory runs out. The model is left in eval mode."""
    model.eval()
    metrics, chunks = task.metrics(), Chunks()
    # They stay on the device until the end.
    totals: list[Tensor] = []
    counts: list[Tensor] = []
    examples = 0

    def passed(batch: Batch) -> tuple[Loss, Iterable[tuple[Any, Any]]]:
        """One pass, of which no metric has counted anything: if memory runs out, it is taken again."""
        with precision.autocast():
            batch = to_device(batch, precision.device)
            outputs = task.outputs(model, batch)
            return task.loss(outputs, batch), task.measured(model, batch, outputs)

    for batch in batches:
        for loss, pairs in chunks.each(batch, passed):
            with precision.autocast():
                score(metrics, pairs)
            totals.append(loss.total)
            counts.append(loss.count)
        examples += len(batch.ids)
    sums = torch.stack([torch.stack(totals), torch.stack(counts)]).T.cpu() if totals else torch.zeros(0, 2)
    return Evaluation(sums.double(), metrics, examples)


def score(metrics: Mapping[str, Metric], pairs: Iterable[tuple[Any, Any]]) -> None:
    """Add pairs (predicted, true) to all metrics.

    Raises `TrainingError` if memory runs out: some metrics have counted the pair, so it cannot be retried.
    """
    try:
        for predicted, true in pairs:
            for metric in metrics.values():
                metric.update(predicted, true)
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise out_of_memory() from error
        raise


def _on_cpu(metric: Metric) -> Metric:
    moved = copy(metric)
    vars(moved).update(changed(vars(metric), Tensor.cpu))
    return moved


@torch.no_grad()
def predict(
    model: nn.Module, task: TaskPredictor, batches: Iterable[Batch], precision: Precision
) -> Iterator[Prediction]:
    """Predictions in the order of the batches, in smaller chunks if memory runs out. The model is left in eval mode."""
    model.eval()

    def work(batch: Batch) -> list[Prediction]:
        with torch.no_grad(), precision.autocast():
            return task.predictions(model, to_device(batch, precision.device))

    chunks = Chunks()
    for batch in batches:
        for predictions in chunks.each(batch, work):
            yield from predictions
