"""Numbers as targets and predictions."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.contracts import Example, Target
from ftcli.errors import DataError
from ftcli.tasks.targets.numbers import NumberCodec

NUMBER = NumberCodec(Target("number", mean=1000.0, std=20.0))


def example(target: Any) -> Example:
    return Example("row 3", {}, target)


@pytest.mark.parametrize("target", ["3", True, float("nan"), float("inf"), ("ant",)])
def test_what_is_no_number_is_named_with_its_example(target: Any) -> None:
    with pytest.raises(DataError, match=r"row 3: label .* is not a finite number"):
        NUMBER.encode(example(target))


def test_numbers_are_learned_normalised_and_reported_in_the_users_unit() -> None:
    targets = NUMBER.collate([NUMBER.encode(example(target)) for target in (1000, 1030.0)])
    assert targets.tolist() == [0.0, 1.5]
    assert [p.label for p in NUMBER.predictions(torch.tensor([[0.5], [-1.0]]), ["a", "b"])] == [1010.0, 980.0]
    outputs, truth = NUMBER.measured(torch.tensor([[0.5], [-1.0]]), targets)
    assert (outputs.tolist(), truth.tolist()) == ([1010.0, 980.0], [1000.0, 1030.0])


def test_large_numbers_that_differ_little_stay_apart() -> None:
    seconds = NumberCodec(Target("number", mean=1.7e9, std=0.01))
    assert seconds.collate([1.7e9 - 0.01, 1.7e9 + 0.01]).tolist() == pytest.approx([-1.0, 1.0], abs=1e-4)


def test_equal_training_numbers_are_only_shifted() -> None:
    assert NumberCodec(Target("number", mean=7.0, std=0.0)).collate([7.0, 9.0]).tolist() == [0.0, 2.0]


def test_the_correlation_of_ranks_needs_every_prediction_at_once() -> None:
    assert {name: metric.thorough for name, metric in NUMBER.metrics().items()} == {
        "moments": False,
        "spearman": True,
    }
