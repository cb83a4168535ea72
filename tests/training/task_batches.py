"""The loop on batches of real tasks, in float64."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from ftcli.contracts import Batch, Example, Task
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan
from ftcli.training.schedules import Cosine
from ftcli.training.strategy import Strategy
from tests.tasks.cases import CASES, made
from tests.training.plain_loop import CPU, MOMENTUM, RATE
from tests.training.toy import Everything


class InEval(Everything):
    """Trains in eval mode, where no dropout hides what is compared."""

    def enter(self, model: nn.Module, epoch: int) -> None:
        super().enter(model, epoch)
        model.eval()


@dataclass
class Rows:
    """The batches of one epoch: encoded examples of a task, `size` at a time, in float64."""

    task: Task
    examples: Sequence[Example]
    size: int

    def __len__(self) -> int:
        return math.ceil(len(self.examples) / self.size)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        for start in range(skip * self.size, len(self.examples), self.size):
            rows = [self.task.encode(example) for example in self.examples[start : start + self.size]]
            yield self.task.collate(rows, training=True).each(wide)


def wide(value: Tensor) -> Tensor:
    return value.double() if value.is_floating_point() else value


def rows_of(name: str, count: int = 5) -> tuple[Task, nn.Module, list[Example]]:
    """A task, its network in float64, and examples of different lengths."""
    task: Task = made(name)
    model: nn.Module = task.attach(CASES[name].backbone()).double()
    examples = CASES[name].examples()
    return task, model, [examples[index % 2] for index in range(count)]


def fit_rows(task: Task, model: Any, batches: Any, plan: Plan) -> Fit:
    policy = InEval()
    policy.prepare(model, model.blocks, plan.epochs)
    return Fit(
        model, task, batches, blocks=model.blocks, plan=plan,
        strategy=Strategy(
            policy=policy, rates=SGD(lr=RATE, momentum=MOMENTUM), schedule=Cosine(warmup=0, floor=1.0),
            precision=Fp32(CPU),
        ),
    )  # fmt: skip
