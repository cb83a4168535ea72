"""Toys for the loop: a network of two layers, a loader of random points, a policy and a task of a few lines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from ftcli.contracts import (
    Backbone,
    Batch,
    Block,
    Encoded,
    Example,
    ExampleScores,
    Loss,
    Metric,
    Outcomes,
    Prediction,
    Split,
    Target,
)


class Net(nn.Module):
    """Two layers with a norm and dropout: a backbone of one block, and a head."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(dropout))
        self.head = nn.Linear(8, 3)

    def forward(self, points: Tensor) -> Tensor:
        out: Tensor = self.head(self.backbone(points))
        return out


BLOCKS = (Block("body", ("backbone",)), Block("head", ("head",)))


class Points:
    """Cross-entropy on points: a task as far as the loop needs it."""

    target = Target("single-label", ("a", "b", "c"), (1, 1, 1))
    sequence = None
    packing = None

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        return model(**batch.inputs)

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        total = functional.cross_entropy(outputs, batch.targets, reduction="sum")
        return Loss(total, torch.tensor(float(len(batch.targets)), dtype=total.dtype))

    def outcomes(self, predicted: Any, true: Any, shares: Any = None) -> Outcomes | None:
        return None

    def example_scores(self, outcomes: Outcomes, metrics: Mapping[str, Metric]) -> ExampleScores:
        raise NotImplementedError

    def measured(self, model: nn.Module, batch: Batch, outputs: Any) -> list[tuple[Any, Any]]:
        return [(outputs, batch.targets)]

    def metrics(self) -> dict[str, Metric]:
        return {}

    def table(self, metrics: Mapping[str, Metric]) -> list[Any]:
        return []

    def attach(self, backbone: Backbone) -> nn.Module:
        raise NotImplementedError

    encoding: ClassVar[Mapping[str, Any]] = {}

    def notes(self, split: Split) -> list[str]:
        return []

    def encode(self, example: Example, inputs: Mapping[str, Any] | None = None) -> Encoded:
        raise NotImplementedError

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Tensor]]:
        raise NotImplementedError

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Batch:
        raise NotImplementedError

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        raise NotImplementedError


@dataclass
class Loader:
    """Batches of fixed random points, in an order that depends on the epoch."""

    examples: int = 22
    size: int = 4
    dtype: torch.dtype = torch.float32

    @property
    def split_size(self) -> int:
        return self.examples

    def __len__(self) -> int:
        return math.ceil(self.examples / self.size)

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(7)
        points = torch.randn(self.examples, 4, generator=generator, dtype=self.dtype)
        labels = points[:, :3].argmax(1)
        order = torch.randperm(self.examples, generator=torch.Generator().manual_seed(epoch))
        for start in range(skip * self.size, self.examples, self.size):
            chosen = order[start : start + self.size]
            yield Batch({"points": points[chosen]}, labels[chosen], [str(i) for i in chosen.tolist()])


class Everything:
    """A freezing policy that freezes nothing; `starts` are its phases."""

    extendable = True

    def __init__(self, starts: tuple[int, ...] = (0,), frozen: frozenset[str] = frozenset()) -> None:
        self.starts, self.frozen, self.names = starts, frozen, frozenset[str]()

    def prepare(self, model: nn.Module, blocks: Sequence[Block], epochs: int) -> None:
        self.names = frozenset(name for name, _ in model.named_parameters()) - self.frozen

    def phases(self) -> tuple[int, ...]:
        return self.starts

    def trainable(self, epoch: int) -> frozenset[str]:
        return self.names

    def what_trains(self, epoch: int) -> str:
        return "all blocks"

    def enter(self, model: nn.Module, epoch: int) -> None:
        model.train()
        for name, parameter in model.named_parameters():
            parameter.requires_grad_(name in self.names)
