"""One pass without gradients: figures do not depend on how the examples are batched, predictions come in order."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from ftcli.contracts import Batch, Example, Loss, Prediction
from ftcli.training.evaluate import evaluate, predict
from ftcli.training.precision import Fp32
from tests.training.toy import Loader, Net, Points

CPU = Fp32(torch.device("cpu"))


class Watched(Points):
    """Notes in which state the model was."""

    seen: tuple[bool, bool] | None = None

    def outputs(self, model: nn.Module, batch: Batch) -> Any:
        self.seen = (model.training, torch.is_grad_enabled())
        return super().outputs(model, batch)

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        self.seen = (model.training, torch.is_grad_enabled())
        return [Prediction(id_, "a") for id_ in batch.ids]

    def unanswered(self, example: Example) -> Example:
        return example


def test_the_loss_is_the_mean_over_examples_whatever_the_batches() -> None:
    torch.manual_seed(0)
    model, task = Net(dropout=0.5), Watched()
    results = [evaluate(model, task, Loader(size=size).epoch(0), CPU) for size in (22, 5, 4)]
    assert task.seen == (False, False)
    assert [result.examples for result in results] == [22, 22, 22]
    assert results[1].loss == pytest.approx(results[0].loss, rel=1e-6)
    assert results[2].loss == pytest.approx(results[0].loss, rel=1e-6)


def test_nothing_to_evaluate_gives_no_figures() -> None:
    assert evaluate(Net(), Points(), [], CPU).figures(thorough=True) == {}


def test_predictions_come_in_the_order_of_the_batches() -> None:
    model, task = Net(), Watched()
    batches = list(Loader(size=4).epoch(3))
    predictions = list(predict(model, task, batches, CPU))
    assert task.seen == (False, False)
    assert [one.id for one in predictions] == [id_ for batch in batches for id_ in batch.ids]
    assert torch.is_grad_enabled()


def test_a_split_in_which_nothing_counts_has_no_loss() -> None:
    class Nothing(Points):
        def loss(self, outputs: Any, batch: Batch) -> Loss:
            return Loss(torch.tensor(0.0), torch.tensor(0.0))

    assert math.isnan(evaluate(Net(), Nothing(), Loader().epoch(0), CPU).loss)
