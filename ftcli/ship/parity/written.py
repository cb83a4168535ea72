"""Figures of texts that a network writes: of the answers, as outputs for true tokens do not have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from ftcli.contracts import Batch, Metric

Rows = Sequence[Mapping[str, Any]]


@runtime_checkable
class Writes(Protocol):
    """A task whose figures are of the texts that its network writes."""

    def measured_texts(self, texts: Sequence[str], batch: Batch) -> Iterable[tuple[Any, Any]]:
        """What the metrics compare, as pairs (predicted, true)."""
        ...


def measure_texts(task: Writes, batch: Batch, answers: Sequence[Rows], metrics: Mapping[str, Metric]) -> None:
    """Add the answers to the examples of a batch, a row with a text for each, to the metrics."""
    texts = [str(rows[0]["label"]) for rows in answers]
    for predicted, true in task.measured_texts(texts, batch):
        for metric in metrics.values():
            metric.update(predicted, true)
