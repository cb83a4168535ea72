"""One pass over a split without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss, Metric, Prediction, Task, changed
from ftcli.training.memory import Pieces
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
def evaluate(model: nn.Module, task: Task, batches: Iterable[Batch], precision: Precision) -> Evaluation:
    """Score every batch, in pieces where memory is short. The model is left in eval mode."""
    model.eval()
    scorer = _Scorer(model, task, precision)
    pieces = Pieces()
    totals: list[Tensor] = []  # stay on the device until the end
    counts: list[Tensor] = []
    examples = 0
    for batch in batches:
        for loss in pieces.each(batch, scorer, scorer.again):
            totals.append(loss.total)
            counts.append(loss.count)
        examples += len(batch.ids)
    sums = torch.stack([torch.stack(totals), torch.stack(counts)]).T.cpu() if totals else torch.zeros(0, 2)
    return Evaluation(sums.double(), scorer.metrics, examples)


class _Scorer:
    """Scores batches into metrics."""

    def __init__(self, model: nn.Module, task: Task, precision: Precision) -> None:
        self.metrics = task.metrics()
        self._model, self._task, self._precision = model, task, precision
        self._watched: dict[str, Any] = {name: _Watched(metric) for name, metric in self.metrics.items()}

    def __call__(self, batch: Batch) -> Loss:
        for metric in self._watched.values():
            metric.touched = False
        with self._precision.autocast():
            return self._task.score(self._model, to_device(batch, self._precision.device), self._watched)

    def again(self) -> bool:
        """Whether the last batch may be scored again: no metric has seen a part of it."""
        return not any(metric.touched for metric in self._watched.values())


class _Watched:
    """A metric to update, and whether it was."""

    def __init__(self, metric: Metric) -> None:
        self._metric, self.touched = metric, False

    def update(self, outputs: Any, targets: Any) -> None:
        self.touched = True
        self._metric.update(outputs, targets)


def _on_cpu(metric: Metric) -> Metric:
    moved = copy(metric)
    vars(moved).update(changed(vars(metric), Tensor.cpu))
    return moved


@torch.no_grad()
def predict(
    model: nn.Module, task: Task, batches: Iterable[Batch], precision: Precision
) -> Iterator[Prediction]:
    """Predictions in the order of the batches, in pieces where memory is short. The model is left in eval mode."""
    model.eval()

    def work(batch: Batch) -> list[Prediction]:
        with torch.no_grad(), precision.autocast():
            return task.predict(model, to_device(batch, precision.device))

    pieces = Pieces()
    for batch in batches:
        for predictions in pieces.each(batch, work):
            yield from predictions
