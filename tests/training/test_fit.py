"""The loop against a plain loop; phases, resuming, and what a step costs."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from ftcli.contracts import Batch, Loss
from ftcli.errors import TrainingError
from ftcli.training import fit as fit_module
from ftcli.training import precision as precision_module
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD, AdamW, Rates
from ftcli.training.precision import gradient_norm
from ftcli.training.reports import EpochReport, Plan, StepReport
from ftcli.training.schedules import Constant, Cosine, Linear, Plateau, Schedule, Step
from tests.training.toy import Everything, Loader, Net, Points
from tests.training.toy_fit import make_fit, net, same, weights, without_norm


@pytest.mark.parametrize(("size", "accumulate"), [(4, 1), (2, 2), (1, 4), (3, 3)])
def test_a_window_is_one_big_batch(size: int, accumulate: int) -> None:
    """Accumulated micro-batches, the ragged last one included, give the step of a plain loop on the whole window."""
    model = without_norm(net()).double()
    reference = copy.deepcopy(model)
    plan = Plan(epochs=2, accumulate=accumulate, clip=0.5)
    loader = Loader(size=size, dtype=torch.float64)
    for _ in make_fit(model, plan, loader=loader):
        pass

    optimizer = torch.optim.SGD(reference.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(2):
        batches = list(loader.epoch(epoch))
        for start in range(0, len(batches), accumulate):
            window = batches[start : start + accumulate]
            points = torch.cat([batch.inputs["points"] for batch in window])
            labels = torch.cat([batch.targets for batch in window])
            torch.autograd.backward(functional.cross_entropy(reference(points), labels))
            nn.utils.clip_grad_norm_(reference.parameters(), 0.5)
            optimizer.step()
            optimizer.zero_grad()
    for (name, ours), (_, theirs) in zip(model.named_parameters(), reference.named_parameters(), strict=True):
        # totals are added in float32 for the report and the division by the count: hence not 1e-12
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-9, msg=name)


def test_reports_tell_steps_epochs_and_the_mean_loss() -> None:
    reports = list(make_fit(net(), Plan(epochs=2)))
    steps = [report for report in reports if isinstance(report, StepReport)]
    epochs = [report for report in reports if isinstance(report, EpochReport)]
    assert [step.step for step in steps] == list(range(1, 13))
    assert [step.examples for step in steps[:6]] == [4, 4, 4, 4, 4, 2]
    mean = sum(float(step.loss) * step.examples for step in steps[:6]) / 22
    assert epochs[0].train_loss == pytest.approx(mean)
    assert [report.best for report in epochs] == [True, True]  # without validation the last is the best
    assert epochs[1].stopped == "all epochs are done"


def test_training_learns() -> None:
    reports = [r for r in make_fit(net(), Plan(epochs=40), rates=SGD(lr=0.03)) if isinstance(r, EpochReport)]
    assert reports[-1].train_loss < 0.6 * reports[0].train_loss


@pytest.mark.parametrize("at", [1, 2, 3])
@pytest.mark.parametrize("rates", [SGD(lr=0.05), AdamW(lr=0.01, backbone_lr=0.002)])
def test_resuming_ends_with_the_same_bytes(at: int, rates: Rates) -> None:
    plan = Plan(epochs=4, ema=0.9, seed=3, patience=3, metric="score")
    scores = {1: 0.2, 2: 0.5, 3: 0.4, 4: 0.3}

    def start(model: nn.Module) -> Fit:
        fit = make_fit(model, plan, rates=rates, schedule=Cosine(), evaluate=lambda _: {})
        fit.evaluate = lambda _: {"loss": 1.0, "score": scores[fit.progress.epoch]}
        return fit

    straight = net(dropout=0.5)
    whole = start(straight)
    for _ in whole:
        pass

    first = net(dropout=0.5)
    fit = start(first)
    for report in fit:
        if isinstance(report, EpochReport) and report.epoch == at:
            break
    state, saved = copy.deepcopy(fit.state_dict()), weights(first)

    second = net(seed=99, dropout=0.5)
    resumed = start(second)
    second.load_state_dict(saved)
    resumed.load_state_dict(state)
    for _ in resumed:
        pass
    assert same(weights(second), weights(straight))
    assert same(resumed.ema.average, whole.ema.average)
    assert replace(resumed.progress, seconds=0.0) == replace(whole.progress, seconds=0.0)


def test_dropout_differs_between_steps_and_seeds() -> None:
    runs = []
    for seed in (0, 0, 1):
        model = net(dropout=0.5)
        for _ in make_fit(model, Plan(epochs=1, seed=seed)):
            pass
        runs.append(weights(model))
    assert same(runs[0], runs[1])
    assert not same(runs[0], runs[2])


def test_each_phase_has_its_own_schedule() -> None:
    fit = make_fit(
        net(),
        Plan(epochs=4),
        schedule=Cosine(warmup=0),
        policy=Everything(starts=(0, 2)),
        loader=Loader(size=11),
    )
    rates = [report.lr for report in fit if isinstance(report, StepReport)]
    assert rates[:4] == pytest.approx(rates[4:])
    assert rates[0] == pytest.approx(0.1)
    assert rates[3] < rates[2] < rates[1] < rates[0]


def test_plateau_lowers_the_rate_when_nothing_improves() -> None:
    given = iter([0.5, 0.5, 0.5, 0.5])
    fit = make_fit(
        net(),
        Plan(epochs=4, metric="accuracy"),
        schedule=Plateau(patience=1, gamma=0.1),
        evaluate=lambda _: {"loss": 1.0, "accuracy": next(given)},
        loader=Loader(size=22),
    )
    rates = [report.lr for report in fit if isinstance(report, StepReport)]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.01])


def test_frozen_parameters_keep_their_bytes() -> None:
    model = net()
    frozen = frozenset(name for name, _ in model.named_parameters() if name.startswith("backbone.0"))
    before = weights(model)
    for _ in make_fit(
        model, Plan(epochs=2), policy=Everything(frozen=frozen), rates=AdamW(lr=0.1, weight_decay=0.5)
    ):
        pass
    after = weights(model)
    for name in before:
        assert torch.equal(before[name], after[name]) == (name in frozen), name


def test_a_step_does_not_look_through_the_whole_network() -> None:
    class Watched(Net):
        def named_parameters(self, *arguments: Any, **options: Any) -> Any:
            looks.append(fit.progress.step if begun else 0)
            return super().named_parameters(*arguments, **options)

    looks: list[int] = []
    begun = False
    fit = make_fit(Watched(), Plan(epochs=1, clip=1.0))
    begun = True
    steps = [report for report in fit if isinstance(report, StepReport)]
    assert len(steps) > 1
    assert set(looks) == {0}


def test_a_step_does_not_count_the_batches_of_an_epoch() -> None:
    """They are counted when the loop is made, as the length of a split goes through several rooms."""

    class Counted(Loader):
        def __len__(self) -> int:
            asked.append(True)
            return super().__len__()

    asked: list[bool] = []
    fit = make_fit(net(), Plan(epochs=2, accumulate=4), loader=Counted())
    asked.clear()
    steps = [report for report in fit if isinstance(report, StepReport)]
    assert (len(steps), fit.steps_per_epoch, asked) == (4, 2, [])


def test_a_step_computes_the_norm_of_the_gradient_once(monkeypatch: pytest.MonkeyPatch) -> None:
    norms: list[torch.Tensor] = []

    def counted(parameters: Sequence[nn.Parameter]) -> torch.Tensor:
        norms.append(gradient_norm(parameters))
        return norms[-1]

    for module in (fit_module, precision_module):
        monkeypatch.setattr(module, "gradient_norm", counted)
    fit = make_fit(net(), Plan(epochs=1, clip=0.01))
    steps = [report for report in fit if isinstance(report, StepReport)]
    assert len(norms) == len(steps)
    assert all(norm > 0.01 for norm in norms)


class InfiniteGradient(torch.autograd.Function):
    """The number itself, with an infinite gradient."""

    @staticmethod
    def forward(context: Any, value: torch.Tensor) -> torch.Tensor:
        return value.clone()

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        return gradients[0] * float("inf")


@pytest.mark.parametrize("what", ["loss", "norm of the gradient"])
@pytest.mark.parametrize(("accumulate", "clip"), [(1, 0.0), (1, 1.0), (2, 0.0)])
def test_a_loss_or_gradient_that_is_not_finite_stops_before_the_update(
    what: str, accumulate: int, clip: float
) -> None:
    class Poisoned(Points):
        def loss(self, outputs: Any, batch: Batch) -> Loss:
            loss = super().loss(outputs, batch)
            if "3" not in batch.ids:
                return loss
            total: Any = loss.total * float("nan") if what == "loss" else InfiniteGradient.apply(loss.total)
            return Loss(total, loss.count)

    model = net()
    fit = make_fit(model, Plan(epochs=1, accumulate=accumulate, clip=clip), task=Poisoned())
    before = weights(model)
    words = rf"the {what} is (nan|inf) at step \d \(epoch 1\), in the batch of .*3"
    with pytest.raises(TrainingError, match=words):
        for _ in fit:
            before = weights(model)
    parameters = {name for name, _ in model.named_parameters()}
    assert all(torch.equal(before[name], model.state_dict()[name]) for name in parameters)


def test_evaluation_sees_the_average_and_training_goes_on_with_its_own_weights() -> None:
    seen: list[dict[str, torch.Tensor]] = []

    def evaluate(model: nn.Module) -> dict[str, float]:
        seen.append(weights(model))
        return {"loss": 0.0}

    model = net()
    fit = make_fit(model, Plan(epochs=1, ema=0.9), evaluate=evaluate)
    for _ in fit:
        pass
    assert same(seen[0], fit.ema.average)
    assert not same(seen[0], weights(model))


@pytest.mark.parametrize(
    ("schedule", "starts", "epochs", "departs"),
    [
        (Constant(), (0,), 9, False),
        (Constant(warmup=3), (0,), 9, False),
        (Constant(warmup=0.1), (0,), 9, True),
        (Constant(warmup=30), (0,), 9, True),  # more than the first plan had steps
        (Step(every=1), (0,), 9, False),
        (Step(every=1), (0,), 3, False),
        (Step(every=1, warmup=0.2), (0,), 9, True),
        (Plateau(patience=0), (0,), 9, False),
        (Cosine(), (0,), 9, True),
        (Linear(warmup=0), (0,), 9, True),
        (Linear(warmup=0), (0,), 4, False),  # the same plan
        (Cosine(), (0, 2), 9, False),  # only the second phase is another
        (Cosine(), (0, 1), 9, True),
    ],
    ids=str,
)
def test_a_plan_knows_whether_the_past_had_other_rates(
    schedule: Schedule, starts: tuple[int, ...], epochs: int, departs: bool
) -> None:
    """After two of four epochs."""
    fit = make_fit(net(), Plan(epochs=4), schedule=schedule, policy=Everything(starts))
    for report in fit:
        if isinstance(report, EpochReport) and report.epoch == 2:
            break
    again = make_fit(net(), Plan(epochs=epochs), schedule=schedule, policy=Everything(starts))
    assert not again.departs()  # nothing was done yet
    again.load_state_dict(fit.state_dict())
    assert again.departs() == departs
    again.progress.step = 10**15  # a file may say anything; it looks at no more steps than it would take
    assert again.departs() or not departs
