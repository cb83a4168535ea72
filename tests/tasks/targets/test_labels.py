"""One class, or any number of classes, as targets and predictions."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from ftcli.contracts import Example, Target
from ftcli.errors import DataError
from ftcli.tasks.targets.labels import MultiLabelCodec, SingleLabelCodec

CLASSES = ("ant", "bee", "cow")
ONE = SingleLabelCodec(Target("single-label", CLASSES))
MANY = MultiLabelCodec(Target("multi-label", CLASSES))
HALF_SURE = 1e-9  # a logit below 0 by this much has a float32 sigmoid of exactly 0.5


def example(target: Any) -> Example:
    return Example("row 3", {}, target)


def test_a_class_becomes_its_index() -> None:
    assert [ONE.encode(example(name)) for name in CLASSES] == [0, 1, 2]
    batch = ONE.collate([2, 0])
    assert batch.tolist() == [2, 0]
    assert batch.dtype == torch.int64


def test_classes_become_a_multi_hot_row() -> None:
    encoded = [MANY.encode(example(target)) for target in (("cow", "ant"), ())]
    assert encoded == [(2, 0), ()]
    assert MANY.collate(encoded).tolist() == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]


@pytest.mark.parametrize(("codec", "target"), [(ONE, "beee"), (MANY, ("ant", "beee"))])
def test_an_unknown_class_is_named_with_its_example(codec: Any, target: Any) -> None:
    with pytest.raises(
        DataError, match=r"row 3: label 'beee' .* Did you mean 'bee'\? There are: ant, bee, cow"
    ):
        codec.encode(example(target))


def test_one_label_is_the_largest_output() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0], [1.0, 1.0, 0.0]])
    first, tie = ONE.predictions(logits, ["a", "b"])
    assert (first.id, first.label, tie.label) == ("a", "bee", "ant")
    assert list(first.scores) == list(CLASSES)
    assert first.probability == first.scores["bee"] == pytest.approx(0.66524, abs=1e-5)
    assert sum(first.scores.values()) == pytest.approx(1.0)


def test_many_labels_are_those_that_the_metric_counts() -> None:
    logits = torch.tensor([[3.0, 0.0, -3.0], [-HALF_SURE, -1.0, -1.0]])
    both, none = MANY.predictions(logits, ["a", "b"])
    assert (both.label, none.label) == (("ant", "bee"), ())
    assert both.scores == pytest.approx({"ant": 0.95257, "bee": 0.5, "cow": 0.04743}, abs=1e-5)
    metric = MANY.metrics()["multi-label"]
    metric.update(logits, torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]))
    assert metric.compute()["exact_match"] == 1.0


@pytest.mark.parametrize(
    ("codec", "quick", "thorough"),
    [
        (ONE, {"confusion"}, {"auroc"}),
        (SingleLabelCodec(Target("single-label", tuple("abcdef"))), {"confusion", "top5"}, {"auroc"}),
        (MANY, {"multi-label"}, {"auroc"}),
    ],
)
def test_what_needs_every_prediction_at_once_says_so(codec: Any, quick: set[str], thorough: set[str]) -> None:
    found = codec.metrics()
    assert {name for name, metric in found.items() if not metric.thorough} == quick
    assert {name for name, metric in found.items() if metric.thorough} == thorough
