"""The units of a head, and figures of them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.contracts import Batch, Target
from ftcli.tasks.targets.labels import MultiLabelCodec, SingleLabelCodec
from ftcli.tasks.targets.numbers import NumberCodec
from ftcli.tasks.units import VectorUnits


class Units(VectorUnits):
    def __init__(self, codec: Any) -> None:
        self._targets, self.metrics = codec, codec.metrics


CLASSES = Target("single-label", ("a", "b"))
CASES = [
    (SingleLabelCodec(CLASSES), [[2.0, 1.0], [2.0, 3.0]], torch.tensor([0, 0]), {"accuracy": 0.5}),
    (MultiLabelCodec(CLASSES), [[1.0, -1.0], [1.0, 1.0]], torch.eye(2), {"exact_match": 0.5}),
    (NumberCodec(Target("number", mean=10.0, std=2.0)), [[1.0], [2.0]], torch.tensor([1.0, 1.0]), {"mae": 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "outputs", "targets", "expected"), CASES)
def test_figures_are_those_of_the_task(
    codec: Any, outputs: list[list[float]], targets: torch.Tensor, expected: dict[str, float]
) -> None:
    task = Units(codec)
    found = task.unit_figures(torch.tensor(outputs), targets)
    assert found.items() >= expected.items()
    # They take all scores at once, so they are left to evaluation.
    assert not {"auroc", "spearman"} & set(found)


def test_an_example_is_a_unit() -> None:
    features, targets = torch.randn(3, 2), torch.tensor([1, 0, 1])
    units, of_units, examples = Units(SingleLabelCodec(CLASSES)).units(features, Batch({}, targets))
    assert units is features
    assert of_units is targets
    assert examples.tolist() == [0, 1, 2]
