from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from ftcli.config.schema import Head
from ftcli.contracts import (
    Backbone,
    Batch,
    Block,
    Encoded,
    Example,
    ImagePreprocess,
    Loss,
    Target,
)
from ftcli.contracts.modalities import IMAGE
from ftcli.contracts.target_kinds import KINDS
from ftcli.errors import DataError
from ftcli.losses import LOSSES
from ftcli.tasks.supervised import SupervisedTask, TargetCodec
from tests.passes import loss_of, scored

TARGETS: dict[str, Target] = {
    "single-label": Target("single-label", ("ant", "bee", "cow"), (2, 2, 2), 6),
    "multi-label": Target("multi-label", ("ant", "bee", "cow"), (2, 2, 2), 6),
    "number": Target("number", examples=6, mean=100.0, std=10.0),
}
LABELS: dict[str, tuple[Any, ...]] = {
    "single-label": ("ant", "bee", "cow", "ant", "cow"),
    "multi-label": (("ant",), (), ("bee", "cow"), ("ant", "bee", "cow"), ("cow",)),
    "number": (90.0, 120, 100.5, 103.0, 88.0),
}


class Values:
    """An encoder of inputs that are numbers already."""

    sequence: ClassVar[str | None] = None

    def __init__(self, preprocess: Any) -> None:
        self.preprocess = preprocess

    encoding: ClassVar[Mapping[str, Any]] = {}

    def encode_inputs(self, examples: Sequence[Example]) -> list[dict[str, Any]]:
        return [dict(example.inputs) for example in examples]

    def samples(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return {"values": [0.0, 0.0, 0.0, 0.0]}, {"values": [1.0, 1.0, 1.0, 1.0]}

    def notes(self, examples: Sequence[Example]) -> list[str]:
        return []

    def pad(self, rows: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(rows))

    def collate(self, encoded: Sequence[Encoded], *, training: bool) -> Mapping[str, Tensor]:
        return {"values": torch.tensor([one.inputs["values"] for one in encoded], dtype=torch.float64)}


class Categories(SupervisedTask[Values, TargetCodec]):
    inputs = (IMAGE,)
    wants = "category"


class Numbers(SupervisedTask[Values, TargetCodec]):
    inputs = (IMAGE,)
    wants = "number"


class Features(nn.Module):
    """Four values to eight features, and auxiliary ones in training, if `auxiliary`."""

    def __init__(self, auxiliary: int) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 8)
        self.others = nn.ModuleList(nn.Linear(4, 5) for _ in range(auxiliary))

    def forward(self, values: Tensor) -> Tensor | tuple[Tensor, ...]:
        features: Tensor = self.layer(values).tanh()
        if self.training and len(self.others):
            return (features, *(other(values) for other in self.others))
        return features


def task(kind: str) -> SupervisedTask[Values, TargetCodec]:
    target = TARGETS[kind]
    loss = LOSSES.load(KINDS[kind].loss)(target=target)
    preprocess = ImagePreprocess(8, 8)
    return (Numbers if kind == "number" else Categories)(
        target, preprocess, Head(), loss, inputs=Values(preprocess)
    )


def attached(task: SupervisedTask[Values, TargetCodec], auxiliary: int = 0) -> nn.Module:
    torch.manual_seed(0)
    blocks = (Block("all", ("layer", "others")),)
    widths = (5,) * auxiliary
    backbone = Backbone(Features(auxiliary), ImagePreprocess(8, 8), 8, blocks, "test", "cnn", widths, 0.3)
    model = task.attach(backbone).double()
    for parameter in model.parameters():  # a new head starts at zero, and then all examples look alike
        nn.init.normal_(parameter, std=0.5)
    return model


def examples(kind: str) -> list[Example]:
    rows = torch.randn(5, 4, generator=torch.Generator().manual_seed(3)).tolist()
    pairs = zip(rows, LABELS[kind], strict=True)
    return [Example(str(i), {"values": row}, label) for i, (row, label) in enumerate(pairs)]


def batch_of(
    task: SupervisedTask[Values, TargetCodec], examples: Sequence[Example], training: bool = False
) -> Batch:
    return task.collate([task.encode(example) for example in examples], training=training)


# ------------------------------------------------------------------------------------------------------- loss


@pytest.mark.parametrize("kind", TARGETS)
def test_losses_of_micro_batches_add_up_to_that_of_the_big_batch(kind: str) -> None:
    one = task(kind)
    model = attached(one)
    whole = loss_of(one, model, batch_of(one, examples(kind)))
    parts = [loss_of(one, model, batch_of(one, piece)) for piece in (examples(kind)[:3], examples(kind)[3:])]
    total = parts[0].total + parts[1].total
    torch.testing.assert_close(total, whole.total, rtol=1e-14, atol=0)
    assert parts[0].count + parts[1].count == whole.count == 5
    assert not whole.parts


def test_auxiliary_losses_are_weighted_and_told_apart() -> None:
    one = task("single-label")
    model = attached(one, auxiliary=2).train()
    batch = batch_of(one, examples("single-label"), training=True)
    loss = loss_of(one, model, batch)
    main, first, second = (nn.functional.cross_entropy(o, batch.targets) * 5 for o in model(**batch.inputs))
    torch.testing.assert_close(loss.total, main + 0.3 * (first + second))
    torch.testing.assert_close(dict(loss.parts), {"main": main, "auxiliary": 0.3 * (first + second)})
    assert not any(part.requires_grad for part in loss.parts.values())
    torch.testing.assert_close(loss_of(one, model.eval(), batch).total, main)


def test_half_precision_outputs_are_compared_in_single() -> None:
    one = task("single-label")
    model = attached(one).bfloat16()
    batch = batch_of(one, examples("single-label"))
    batch = replace(batch, inputs={"values": batch.inputs["values"].bfloat16()})
    assert loss_of(one, model, batch).total.dtype == torch.float32


# ------------------------------------------------------------------------------------- scores and predictions


@pytest.mark.parametrize("kind", TARGETS)
def test_scoring_gives_figures_and_the_loss_of_the_same_pass(kind: str) -> None:
    one = task(kind)
    model = attached(one).eval()
    batch = batch_of(one, examples(kind))
    metrics = one.metrics()
    with torch.no_grad():
        loss = scored(one, model, batch, metrics)
    assert loss.total == loss_of(one, model, batch).total
    figures: dict[str, float] = {}
    for metric in metrics.values():
        figures |= metric.compute()
    assert set(figures) >= set(KINDS[kind].figures) - {"top5_accuracy"}
    assert KINDS[kind].figure in figures


def test_predicted_classes_are_those_that_were_counted() -> None:
    one = task("single-label")
    model = attached(one).eval()
    batch = batch_of(one, examples("single-label"))
    metrics = one.metrics()
    scored(one, model, batch, metrics)
    predictions = one.predictions(model, batch)
    assert [prediction.id for prediction in predictions] == list("01234")
    right = sum(p.label == label for p, label in zip(predictions, LABELS["single-label"], strict=True))
    assert metrics["confusion"].compute()["accuracy"] == right / 5


def test_predicted_numbers_give_the_measured_error() -> None:
    one = task("number")
    model = attached(one).eval()
    batch = batch_of(one, examples("number"))
    metrics = one.metrics()
    scored(one, model, batch, metrics)
    numbers = torch.tensor([prediction.label for prediction in one.predictions(model, batch)])
    error = (numbers - torch.tensor(LABELS["number"])).abs().mean().item()
    assert metrics["moments"].compute()["mae"] == pytest.approx(error, rel=1e-6)


def test_a_table_has_a_row_for_each_class_and_none_for_numbers() -> None:
    for kind in ("single-label", "multi-label"):
        rows = task(kind).table(task(kind).metrics())
        assert [row["class"] for row in rows] == ["ant", "bee", "cow"]
    assert task("number").table(task("number").metrics()) == []


# ---------------------------------------------------------------------------------------------------- batches


@pytest.mark.parametrize("kind", TARGETS)
def test_examples_without_labels_can_be_predicted(kind: str) -> None:
    one = task(kind)
    batch = batch_of(one, [replace(example, target=None) for example in examples(kind)])
    assert batch.targets is None
    assert len(one.predictions(attached(one).eval(), batch)) == 5


def test_a_label_missing_among_others_is_named() -> None:
    one = task("single-label")
    rows = examples("single-label")
    rows[2] = replace(rows[2], target=None)
    with pytest.raises(DataError, match="2 has no label"):
        batch_of(one, rows)


def test_an_example_with_no_class_at_all_has_a_target() -> None:
    one = task("multi-label")
    assert batch_of(one, examples("multi-label")[1:2]).targets.tolist() == [[0.0, 0.0, 0.0]]


def test_a_target_of_another_kind_is_our_bug() -> None:
    with pytest.raises(ValueError, match="wants a number"):
        Numbers(
            TARGETS["single-label"],
            ImagePreprocess(8, 8),
            Head(),
            LOSSES.load("mse")(target=TARGETS["number"]),
        )


def test_features_take_the_place_of_inputs() -> None:
    def loss(outputs: Tensor, targets: Tensor) -> Loss:
        pytest.fail("no loss")

    task = Categories(TARGETS["single-label"], None, Head(), loss, inputs=Values(None))
    example = Example("a", {"values": [1.0]}, "bee")
    alone = [task.encode(example, {"features": torch.full((2,), float(i))}) for i in range(2)]
    batch = task.collate(alone, training=True)
    assert {name: value.tolist() for name, value in batch.inputs.items()} == {
        "features": [[0.0, 0.0], [1.0, 1.0]]
    }
    assert batch.targets.tolist() == [1, 1]
    beside = [task.encode(example, {"values": [2.0], "features": torch.zeros(2)})]
    assert set(task.collate(beside, training=True).inputs) == {"values", "features"}
