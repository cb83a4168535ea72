"""A step never waits for its device. Tensors on `meta` have no values, so reading one fails."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ftcli.config.schema import Head
from ftcli.contracts import Batch, ImagePreprocess, Loss, Target
from ftcli.errors import TrainingError
from ftcli.losses.bce import BCE
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.losses.focal import Focal
from ftcli.losses.mse import MSE
from ftcli.tasks.classification import ImageClassification
from ftcli.tasks.regression import ImageRegression
from ftcli.tasks.supervised import LossFunction, SupervisedTask
from ftcli.training import fit as fit_module
from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD, AdamW, Rates
from ftcli.training.precision import Fp32
from ftcli.training.reports import EpochReport, Plan, StepReport
from ftcli.training.schedules import Cosine
from ftcli.training.strategy import Strategy
from tests.training.toy import BLOCKS, Everything, Loader, Net, Points

META = torch.device("meta")
CLASSES = tuple("abcdefg")
COUNTS = (3,) * len(CLASSES)
TARGETS: dict[str, Target] = {
    "single-label": Target("single-label", CLASSES, COUNTS, 21),
    "multi-label": Target("multi-label", CLASSES, COUNTS, 21),
    "number": Target("number", std=2.0),
}
LOSSES: dict[str, tuple[str, LossFunction]] = {
    "cross-entropy": (
        "single-label",
        CrossEntropy(target=TARGETS["single-label"], label_smoothing=0.1, class_weights="balanced"),
    ),
    "focal": ("single-label", Focal(target=TARGETS["single-label"])),
    "focal of many": ("multi-label", Focal(target=TARGETS["multi-label"], alpha=0.3)),
    "bce": ("multi-label", BCE(target=TARGETS["multi-label"], pos_weight="balanced")),
    "mse": ("number", MSE(target=TARGETS["number"])),
}


class Pooled(nn.Module):
    """Pixels to logits."""

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.1))
        self.head = nn.Linear(4, outputs)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(self.backbone(pixels).mean((2, 3)))
        return logits


class Images:
    """Three batches of images with targets of a kind."""

    def __init__(self, kind: str) -> None:
        self.kind, self.given = kind, 0

    def __len__(self) -> int:
        return 3

    def epoch(self, epoch: int, skip: int = 0) -> Iterator[Batch]:
        targets = {
            "single-label": torch.tensor([0, 6]),
            "multi-label": functional.one_hot(torch.tensor([1, 2]), len(CLASSES)).float(),
            "number": torch.tensor([0.5, -1.0]),
        }
        for _ in range(3):
            self.given += 1
            yield Batch({"pixels": torch.zeros(2, 3, 8, 8)}, targets[self.kind], ["a", "b"])


def make_task(name: str) -> tuple[SupervisedTask[Any, Any], nn.Module, Images]:
    kind, loss = LOSSES[name]
    made = ImageRegression if kind == "number" else ImageClassification
    task = made(TARGETS[kind], ImagePreprocess(8, 8), Head(), loss)
    return task, Pooled(TARGETS[kind].outputs).to(META), Images(kind)


def make_fit(
    task: Points | SupervisedTask[Any, Any], model: nn.Module, batches: Loader | Images, rates: Rates
) -> Fit:
    plan = Plan(epochs=1, accumulate=2, clip=1.0, ema=0.9)
    policy = Everything()
    policy.prepare(model, BLOCKS, 1)
    return Fit(
        model,
        task,
        batches,
        blocks=BLOCKS,
        strategy=Strategy(policy=policy, rates=rates, schedule=Cosine(), precision=Fp32(META)),
        plan=plan,
    )


def test_a_value_cannot_be_read_there() -> None:
    for read in (float, bool, torch.Tensor.tolist, torch.Tensor.cpu, torch.nonzero):
        with pytest.raises((RuntimeError, NotImplementedError)):
            read(torch.ones(1, device=META))


@pytest.mark.parametrize("rates", [SGD(lr=0.1), AdamW(lr=0.1)])
@pytest.mark.parametrize("name", LOSSES)
def test_no_step_waits(name: str, rates: Rates) -> None:
    task, model, images = make_task(name)
    reports = list(islice(make_fit(task, model, images, rates), 2))
    assert [report.step for report in reports if isinstance(report, StepReport)] == [1, 2]


@pytest.mark.parametrize("name", LOSSES)
def test_evaluation_waits_after_the_last_batch_only(name: str) -> None:
    task, model, images = make_task(name)
    with pytest.raises((RuntimeError, NotImplementedError)):
        evaluate(model, task, images.epoch(0), Fp32(META))
    assert images.given == 3


class Poisoned(Points):
    """The loss is NaN for one example, so the weights become NaN too."""

    def __init__(self, example: str) -> None:
        self.example = example

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        loss = super().loss(outputs, batch)
        return Loss(loss.total * float("nan"), loss.count) if self.example in batch.ids else loss


def on_cpu(task: Points) -> Fit:
    """A loop that does not read each loss, as on a GPU."""
    torch.manual_seed(0)
    model = Net()
    policy = Everything()
    policy.prepare(model, BLOCKS, 1)
    precision = Fp32(torch.device("cpu"))
    return Fit(
        model,
        task,
        Loader(),
        blocks=BLOCKS,
        strategy=Strategy(policy=policy, rates=SGD(lr=0.1), schedule=Cosine(), precision=precision),
        plan=Plan(epochs=1),
    )


def test_a_loss_that_is_not_finite_is_noticed_before_anything_is_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Fit, "_refuse", lambda *_: None)
    fit = on_cpu(Poisoned("3"))
    step = next(n for n, batch in enumerate(Loader().epoch(0), 1) if "3" in batch.ids)
    reports = []
    with pytest.raises(TrainingError, match=rf"the loss is nan at step {step} \(epoch 1\)"):
        for report in fit:
            reports.append(report)
    assert len(reports) == 6
    assert not any(isinstance(report, EpochReport) for report in reports)
    assert fit.progress.epoch == 0
    bad = reports[step - 1]
    assert isinstance(bad, StepReport)
    with pytest.raises(TrainingError, match=f"the loss is nan at step {step}"):
        bad.read()


def test_weights_that_are_not_finite_after_the_last_step_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(parameters: list[nn.Parameter], limit: float, norm: Tensor | None) -> None:
        if fit.progress.step == 5:
            assert parameters[0].grad is not None
            parameters[0].grad.fill_(float("nan"))

    monkeypatch.setattr(fit_module, "clip_gradients", spoil)
    fit = on_cpu(Points())
    with pytest.raises(TrainingError, match=r"the weights are no longer numbers after step 6 \(epoch 1\)"):
        list(fit)
    assert fit.progress.epoch == 0
