"""One pass over a split without gradients: evaluation and prediction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss, Metric, Outcomes, Prediction, TaskPredictor, TaskScorer, changed
from ftcli.training.oom import Chunks, is_out_of_memory, out_of_memory
from ftcli.training.precision import Precision

# `Batch.shares`
Shares = Sequence[int] | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The losses and metrics of one pass, and what became of each example."""

    # float64 (batches, 2): the total loss and the count of units of each batch.
    sums: Tensor
    metrics: Mapping[str, Metric]
    # Of each example, in the order of the pass.
    ids: Sequence[str] = ()
    # None where there are none, or batches do not hold examples one by one.
    outcomes: Outcomes | None = None

    @property
    def examples(self) -> int:
        """How many there were."""
        return len(self.ids)

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
        parts = [self, *others]
        ids = [id_ for part in parts for id_ in part.ids]
        kept = [part.outcomes for part in parts if part.examples]
        return Evaluation(torch.cat([part.sums for part in parts]), self.metrics, ids, _joined(kept))

    def on_cpu(self) -> Evaluation:
        """The same with all tensors on the CPU, to be sent to another rank."""
        metrics = {name: _on_cpu(metric) for name, metric in self.metrics.items()}
        return replace(self, metrics=metrics)

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
    kept: list[Outcomes | None] = []
    ids: list[str] = []

    def passed(batch: Batch) -> tuple[Loss, Iterable[tuple[Any, Any]], Shares]:
        """One pass, of which no metric has counted anything: if memory runs out, it is taken again."""
        with precision.autocast():
            batch = to_device(batch, precision.device)
            outputs = task.outputs(model, batch)
            return task.loss(outputs, batch), task.measured(model, batch, outputs), batch.shares

    for batch in batches:
        for loss, pairs, shares in chunks.each(batch, passed):
            with precision.autocast():
                kept += score(task, metrics, pairs, shares)
            totals.append(loss.total)
            counts.append(loss.count)
        ids += batch.ids
    sums = torch.stack([torch.stack(totals), torch.stack(counts)]).T.cpu() if totals else torch.zeros(0, 2)
    outcomes = _joined(kept)
    return Evaluation(sums.double(), metrics, ids, None if outcomes is None else outcomes.on_cpu())


def score(
    task: TaskScorer, metrics: Mapping[str, Metric], pairs: Iterable[tuple[Any, Any]], shares: Shares = None
) -> list[Outcomes | None]:
    """Add pairs (predicted, true) of a batch, and its `shares`, to all metrics; gives the outcomes of each pair.

    Raises `TrainingError` if memory runs out: some metrics have counted the pair, so it cannot be retried.
    """
    found = []
    try:
        for predicted, true in pairs:
            for metric in metrics.values():
                metric.update(predicted, true)
            found.append(task.outcomes(predicted, true, shares))
    except (RuntimeError, MemoryError) as error:
        if is_out_of_memory(error):
            raise out_of_memory() from error
        raise
    return found


def _joined(parts: Sequence[Outcomes | None]) -> Outcomes | None:
    """Those of all parts; None where some have none, or there are no parts."""
    there = [part for part in parts if part is not None]
    return Outcomes.joined(there) if there and len(there) == len(parts) else None


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
