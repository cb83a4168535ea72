"""Scoring a model: thoroughly on any split, and on the validation split after each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from torch import nn

from ftcli import signals
from ftcli.contracts import Batch, Task
from ftcli.runs.caching import Batches
from ftcli.training.evaluate import Evaluation, evaluate
from ftcli.training.precision import Precision


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one split, and of each class."""

    figures: Mapping[str, float]
    per_class: Sequence[Mapping[str, float | str]]
    examples: int


def score(model: nn.Module, task: Task, batches: Batches, precision: Precision) -> Scores:
    """All figures of one pass."""
    return _thorough(task, evaluate(model, task, batches.epoch(0), precision))


def _thorough(task: Task, result: Evaluation) -> Scores:
    return Scores(result.figures(thorough=True), task.table(result.metrics), result.examples)


class Validation:
    """Called with the model after each epoch: gives the cheap figures, and those that take longer with `thorough`.

    It remembers what the best epoch's figures come from, so that nobody has to score that checkpoint again.
    """

    def __init__(self, task: Task, batches: Batches, precision: Precision, *, thorough: bool) -> None:
        self._task, self._batches, self._precision, self._thorough = task, batches, precision, thorough
        self._latest: Evaluation | None = None
        self._best: Evaluation | None = None

    def __call__(self, model: nn.Module) -> Mapping[str, float]:
        batches = _interruptible(self._batches.epoch(0))
        self._latest = evaluate(model, self._task, batches, self._precision)
        return self._latest.figures(thorough=self._thorough)

    def keep(self) -> None:
        """The latest epoch is the best so far."""
        self._best = self._latest

    def best(self) -> Scores | None:
        """All figures of the best epoch; None if it was scored by another process."""
        return _thorough(self._task, self._best) if self._best is not None else None


def _interruptible(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches; a signal that waits is answered before the next one."""
    for batch in batches:
        signals.check()
        yield batch
