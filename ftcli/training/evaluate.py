"""One pass over a split without gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Loss, Metric, Prediction, Task
from ftcli.training.memory import Pieces
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
    count = _sum(counts) if examples else 0.0
    return Evaluation(_sum(totals) / count if count else math.nan, scorer.metrics, examples)


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


def _sum(values: list[Tensor]) -> float:
    return float(torch.stack(values).cpu().double().sum())


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
