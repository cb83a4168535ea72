"""Scoring a model: thoroughly on any split, and on the validation split after each epoch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor, nn

from ftcli.contracts import Batch, Metric, Outcomes, Task
from ftcli.loading.batch_sampler import Indices
from ftcli.runs.batches import SplitBatches
from ftcli.system import signals
from ftcli.training.distributed.group import Group
from ftcli.training.evaluate import Evaluation, evaluate
from ftcli.training.precision import Precision


@dataclass(frozen=True, slots=True)
class Seen:
    """The examples of a pass, in its order; `places` says where each example of the split is in it."""

    ids: Sequence[str]
    outcomes: Outcomes
    metrics: Mapping[str, Metric]
    places: Indices


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one split, and of each class."""

    figures: Mapping[str, float]
    per_class: Sequence[Mapping[str, float | str]]
    # Of the split: texts that are packed are counted one by one, not by blocks.
    examples: int
    # What became of each example, where the group is led; None where batches do not hold them one by one.
    seen: Seen | None = None


def score(
    model: nn.Module, task: Task, batches: SplitBatches, precision: Precision, group: Group | None = None
) -> Scores:
    """All figures of one pass, in which each process of a group scores its part of the batches."""
    group = group or Group()
    group.broadcast_buffers(model)
    result = _merged(group, evaluate(model, task, batches.epoch(0), precision))
    scores = _shared(group, task, result, batches)
    assert scores is not None
    return scores


def _merged(group: Group, part: Evaluation) -> Evaluation | None:
    """What all processes have seen together, in the one that leads."""
    if group.size == 1:
        return part
    parts = group.gather(part.on_cpu())
    return part.merged(parts[1:]) if group.leads else None


def _shared(group: Group, task: Task, result: Evaluation | None, batches: SplitBatches) -> Scores | None:
    """All figures of a pass that one process has seen whole, in all of them; None where none has."""
    scores = group.broadcast(None if result is None else _thorough(task, result, batches.split_size))
    if scores is None or result is None or result.outcomes is None:
        return scores
    places = np.argsort(batches.order.indices(0))
    return replace(scores, seen=Seen(result.ids, result.outcomes, result.metrics, places))


def _thorough(task: Task, result: Evaluation, examples: int) -> Scores:
    return Scores(result.figures(thorough=True), task.table(result.metrics), examples)


class Validation:
    """Called with the model after each epoch: gives the cheap figures, and those that take longer with `thorough`.

    It keeps what the best epoch's figures come from, so that its checkpoint is not scored again.
    """

    def __init__(
        self,
        task: Task,
        batches: SplitBatches,
        precision: Precision,
        *,
        thorough: bool,
        group: Group | None = None,
    ) -> None:
        self._task, self.batches, self._precision, self._thorough = task, batches, precision, thorough
        self._group = group or Group()
        self._latest: Evaluation | None = None  # where the group is led, as is the best
        self._best: Evaluation | None = None

    def __call__(self, model: nn.Module) -> Mapping[str, float]:
        self._group.broadcast_buffers(model)
        batches = _interruptible(self.batches.epoch(0))
        self._latest = _merged(self._group, evaluate(model, self._task, batches, self._precision))
        return self._group.broadcast(self._latest.figures(thorough=self._thorough) if self._latest else {})

    def sample(self) -> Mapping[str, Tensor]:
        """The inputs of the first examples, for a look at the network."""
        return self.batches.sample()

    def keep(self) -> None:
        """The latest epoch is the best so far."""
        self._best = self._latest

    def best(self) -> Scores | None:
        """All figures of the best epoch; None if it was scored before the run was resumed."""
        return _shared(self._group, self._task, self._best, self.batches)


def _interruptible(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches; a signal that waits is answered before the next one."""
    for batch in batches:
        signals.check()
        yield batch
