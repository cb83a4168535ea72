"""The numbers of a training against a plain loop in float64: steps, norms, rates, and what must not move."""

from __future__ import annotations

import copy
import itertools
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from ftcli.contracts import Batch, Example, Loss, Task
from ftcli.models.freezing.policies import FreezeBackbone
from ftcli.tasks import TASKS
from ftcli.training import SCHEDULES
from ftcli.training.evaluate import evaluate
from ftcli.training.fit import Fit
from ftcli.training.optimizers import SGD, AdamW
from ftcli.training.precision import Fp16, Fp32
from ftcli.training.reports import Plan, StepReport
from ftcli.training.schedules import Cosine, Schedule
from ftcli.training.strategy import Strategy
from tests.passes import loss_of
from tests.running import Command
from tests.tasks.test_tasks import CASES, made
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.training.test_fit import make_fit, net, same, weights, without_norm
from tests.training.toy import BLOCKS, Everything, Loader, Net, Points

CPU = torch.device("cpu")
RATE, MOMENTUM = 0.1, 0.9

# ------------------------------------------------------------------------------------------------ the plain loop


def plain(model: nn.Module, steps: Iterable[Callable[[nn.Module], Tensor]], clip: float = 0.0) -> list[float]:
    """Moves `model` by SGD with momentum, one mean loss a step; the norms of the gradients before they are clipped."""
    parameters = list(model.parameters())
    velocity = [torch.zeros_like(p) for p in parameters]
    norms = []
    for mean_loss in steps:
        gradients = torch.autograd.grad(mean_loss(model), parameters, materialize_grads=True)
        norms.append(math.sqrt(sum(float((g * g).sum()) for g in gradients)))
        scale = min(1.0, clip / (norms[-1] + 1e-6)) if clip else 1.0
        with torch.no_grad():
            for parameter, gradient, moving in zip(parameters, gradients, velocity, strict=True):
                moving.mul_(MOMENTUM).add_(gradient * scale)
                parameter.sub_(RATE * moving)
    return norms


def together(batches: Sequence[Batch]) -> Callable[[nn.Module], Tensor]:
    """The mean loss of points over all batches at once."""
    points = torch.cat([batch.inputs["points"] for batch in batches])
    labels = torch.cat([batch.targets for batch in batches])
    return lambda model: functional.cross_entropy(model(points), labels)


def largest(one: nn.Module, other: nn.Module) -> float:
    """The largest difference of two models' parameters, relative to the largest of each tensor."""
    pairs = [(a.detach(), b.detach()) for a, b in zip(one.parameters(), other.parameters(), strict=True)]
    return max(float((a - b).abs().max() / b.abs().max().clamp(min=1e-3)) for a, b in pairs)


class Watching(Fp32):
    """Keeps the norm of the gradients with which each step is made."""

    def __init__(self) -> None:
        super().__init__(CPU)
        self.norms: list[float] = []

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.norms.append(_norm(optimizer))
        super().step(optimizer)


class Wide(Fp16):
    """The scaling of fp16, around passes in float64."""

    def __init__(self, scale: float = 1024.0) -> None:
        super().__init__(CPU)
        self._scaler = torch.amp.GradScaler("cpu", init_scale=scale, growth_interval=3)
        self.norms: list[float] = []
        self.scales_seen: list[float] = []

    def autocast(self) -> AbstractContextManager[Any]:
        return nullcontext()

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.norms.append(_norm(optimizer))
        super().step(optimizer)
        self.scales_seen.append(self._scaler.get_scale())


def _norm(optimizer: torch.optim.Optimizer) -> float:
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    return math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))


def plain_net() -> Net:
    return without_norm(net()).double()


def run(fit: Fit, steps: int | None = None) -> list[StepReport]:
    """The reports of the first `steps` steps, or of all."""
    reports = []
    for report in fit:
        if isinstance(report, StepReport):
            reports.append(report)
            if len(reports) == steps:
                break
    return reports


# ------------------------------------------------------------------------------------------------------- the seed

EXPERIMENT = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
training: {epochs: 1, device: cpu, precision: fp32, keep_state: true}
"""


def test_processes_of_one_seed_write_the_same_bytes(ftcli: Command, workplace: Path) -> None:
    """This one and another, whose hashes, and with them the order of its sets, are not these."""
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(16))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(EXPERIMENT)
    ftcli.ok("train", "texts.yaml", "output=here")
    environment = {**os.environ, "PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "ftcli", "train", "texts.yaml", "output=there"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=120)
    here, there = (sorted(Path(name).rglob("epoch-0001/*.safetensors")) for name in ("here", "there"))
    assert len(here) == 2  # weights, and what training goes on from
    assert [path.read_bytes() for path in here] == [path.read_bytes() for path in there]


# ------------------------------------------------------------------------------- accumulation, clipping, scaling


@pytest.mark.parametrize("precision", [Watching, Wide])
@pytest.mark.parametrize("clip", [0.0, 0.3, 0.5])
@pytest.mark.parametrize(("size", "accumulate"), [(8, 1), (4, 2), (2, 4), (1, 8), (3, 3), (5, 7)])
def test_steps_and_norms_are_those_of_a_plain_loop(
    size: int, accumulate: int, clip: float, precision: type[Watching | Wide]
) -> None:
    """Clipping comes after unscaling and after the whole window, and windows may end ragged: 22 examples."""
    model = plain_net()
    reference = copy.deepcopy(model)
    loader = Loader(size=size, dtype=torch.float64)
    fit = make_fit(model, Plan(epochs=2, accumulate=accumulate, clip=clip), loader=loader)
    watching = fit.precision = precision()
    run(fit)
    steps = []
    for epoch in range(2):
        batches = list(loader.epoch(epoch))
        windows = (batches[at : at + accumulate] for at in range(0, len(batches), accumulate))
        steps += [together(window) for window in windows]
    norms = plain(reference, steps, clip)
    if clip:
        assert clip > 0.3 or min(norms) > clip  # 0.3 clips all steps, 0.5 some
        norms = [norm * min(1.0, clip / (norm + 1e-6)) for norm in norms]
    assert watching.norms == pytest.approx(norms, rel=1e-7)
    assert largest(model, reference) < 1e-6


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


@pytest.mark.parametrize("name", TASKS)
def test_a_window_of_any_task_is_one_big_batch(name: str) -> None:
    """Sums over what counts (examples, tokens, frames, pixels), whatever is padded, and a last window that is short."""
    task, model, examples = rows_of(name)
    reference, whole = copy.deepcopy(model), copy.deepcopy(model)
    run(fit_rows(task, model, Rows(task, examples, 1), Plan(epochs=2, accumulate=2)))
    run(fit_rows(task, whole, Rows(task, examples, 2), Plan(epochs=2)))

    def mean_loss(batch: Batch) -> Callable[[nn.Module], Tensor]:
        def mean(network: nn.Module) -> Tensor:
            loss = loss_of(task, network, batch)
            return loss.total / loss.count

        return mean

    before = copy.deepcopy(reference)
    plain(
        reference.eval(), [mean_loss(batch) for _ in range(2) for batch in Rows(task, examples, 2).epoch(0)]
    )
    assert largest(before, reference) > 1e-3  # it has moved
    assert largest(whole, reference) < 1e-6
    assert largest(model, reference) < 1e-6


class Unlabelled(Points):
    """Points of which only the class 0 counts."""

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        counted = batch.targets == 0
        total = functional.cross_entropy(outputs[counted], batch.targets[counted], reduction="sum")
        return Loss(total, counted.sum().to(total.dtype))


@pytest.mark.parametrize("accumulate", [1, 4])
def test_a_batch_in_which_nothing_counts_moves_nothing(accumulate: int) -> None:
    model, loader = plain_net(), Loader(size=1, dtype=torch.float64)
    reference = copy.deepcopy(model)
    fit = make_fit(model, Plan(epochs=1, accumulate=accumulate), loader=loader, task=Unlabelled())
    reports = run(fit)
    batches = list(loader.epoch(0))
    steps = []
    for start in range(0, len(batches), accumulate):
        counted = [batch for batch in batches[start : start + accumulate] if batch.targets[0] == 0]
        steps.append(together(counted) if counted else lambda network: 0 * network.head.bias.sum())
    plain(reference, steps)
    assert largest(model, reference) < 1e-6
    assert all(math.isfinite(report.read()) for report in reports)


def test_a_split_in_which_nothing_counts_has_no_loss() -> None:
    class Nothing(Points):
        def loss(self, outputs: Any, batch: Batch) -> Loss:
            return Loss(torch.tensor(0.0), torch.tensor(0.0))

    assert math.isnan(evaluate(net(), Nothing(), Loader().epoch(0), Fp32(CPU)).loss)


# -------------------------------------------------------------------------------------------- the scale of fp16


class Overflowing(Points):
    """Example 3 overflows whatever is scaled by more than 300."""

    def __init__(self, precision: Wide) -> None:
        self.precision = precision

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        loss = super().loss(outputs, batch)
        if "3" in batch.ids and self.precision._scaler.get_scale() > 300:
            burst: Any = Burst.apply(loss.total)
            return Loss(burst, loss.count)
        return loss


class Burst(torch.autograd.Function):
    """The number itself, with an infinite gradient."""

    @staticmethod
    def forward(context: Any, value: Tensor) -> Tensor:
        return value.clone()

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        return gradients[0] * math.inf


def scaled_fit(model: nn.Module) -> tuple[Fit, Wide]:
    precision = Wide()
    fit = make_fit(model, Plan(epochs=6), task=Overflowing(precision), schedule=Cosine(), rates=SGD(lr=0.01))
    fit.precision = precision
    return fit, precision


def test_the_scale_goes_on_across_a_resume() -> None:
    straight = net()
    whole, seen = scaled_fit(straight)
    reports = run(whole)
    assert len(set(seen.scales_seen)) > 2  # it fell, and grew again
    for at in (4, 11, 20):
        first = net()
        before, begun = scaled_fit(first)
        run(before, at)
        state, saved = copy.deepcopy(before.state_dict()), weights(first)
        second = net(seed=9)
        after, gone_on = scaled_fit(second)
        second.load_state_dict(saved)
        after.load_state_dict(state)
        rates = [report.lr for report in run(after)]
        assert begun.scales_seen + gone_on.scales_seen == seen.scales_seen
        assert rates == [report.lr for report in reports[at:]]
        assert same(weights(second), weights(straight))


def test_a_step_that_is_left_out_is_a_step_of_the_schedule() -> None:
    """The weights stay, the rates go on: a position is a count of steps, so a resumed run needs no history of them."""
    model = net()
    fit, precision = scaled_fit(model)
    plain_rates = [r.lr for r in run(make_fit(net(), Plan(epochs=6), schedule=Cosine(), rates=SGD(lr=0.01)))]
    rates, moved, parameters = [], [], [p.detach().clone() for p in model.parameters()]
    for report in fit:
        if isinstance(report, StepReport):
            rates.append(report.lr)
            now = [p.detach().clone() for p in model.parameters()]
            moved.append(any(not torch.equal(a, b) for a, b in zip(parameters, now, strict=True)))
            parameters = now
    assert rates == plain_rates
    scales = [1024.0, *precision.scales_seen]
    fell = [after < before for before, after in itertools.pairwise(scales)]
    assert any(fell)
    assert moved == [not left_out for left_out in fell]


# -------------------------------------------------------------------------------------------------------- rates

FACTORS: Mapping[str, Callable[[int, int, int], float]] = {  # of step, steps of the phase, steps of an epoch
    "constant": lambda step, steps, epoch: 1.0,
    "linear": lambda step, steps, epoch: warm(step, steps, lambda t: 1 - t),
    "cosine": lambda step, steps, epoch: warm(step, steps, lambda t: 0.5 * (1 + math.cos(math.pi * t))),
    "step": lambda step, steps, epoch: 0.1 ** (step // epoch),
    "plateau": lambda step, steps, epoch: 0.1 ** (step >= 2 * epoch),  # no gain from the second epoch on
}
OPTIONS: Mapping[str, Mapping[str, Any]] = {"step": {"every": 1}, "plateau": {"patience": 0}}


def warm(step: int, steps: int, after: Callable[[float], float]) -> float:
    """A tenth of the phase up from near 0, then `after` of the share that has passed."""
    warmup = round(0.1 * steps)
    return (step + 1) / (warmup + 1) if step < warmup else after((step - warmup) / (steps - warmup))


def fit_by(name: str, model: nn.Module) -> Fit:
    schedule: Schedule = SCHEDULES.load(name)(**OPTIONS.get(name, {}))
    rates, plan = SGD(lr=0.07, backbone_lr=0.02), Plan(epochs=3, metric="score")
    return make_fit(
        model, plan, schedule=schedule, rates=rates, evaluate=lambda _: {"loss": 1.0, "score": 0.2}
    )


@pytest.mark.parametrize("at", [1, 5, 6, 7, 13])
@pytest.mark.parametrize("name", SCHEDULES)
def test_rates_are_exact_at_every_step_and_across_a_resume(name: str, at: int) -> None:
    first = net()
    fit = fit_by(name, first)
    rates = [report.lr for report in run(fit, at)]
    lower = 0.02 * FACTORS[name](at - 1, 18, 6)
    assert [group["lr"] for group in fit.optimizer.param_groups] == [lower, rates[-1]]
    state, saved = copy.deepcopy(fit.state_dict()), weights(first)
    second = net()
    second.load_state_dict(saved)
    resumed = fit_by(name, second)
    resumed.load_state_dict(state)
    rates += [report.lr for report in run(resumed)]
    assert rates == [0.07 * FACTORS[name](step, 18, 6) for step in range(18)]


# ------------------------------------------------------------------------------------------- what must not move


def test_what_is_frozen_keeps_its_bytes_and_its_statistics() -> None:
    """Through whole epochs with decay, momentum, an average, and scoring between them."""
    model, policy = net(dropout=0.5), FreezeBackbone()
    frozen = {name: value for name, value in weights(model).items() if name.startswith("backbone.")}
    policy.prepare(model, BLOCKS, 2)
    modes: list[bool] = []

    class Noting(Points):
        def outputs(self, model: nn.Module, batch: Batch) -> Any:
            modes.extend(module.training for module in model.get_submodule("backbone").modules())
            return super().outputs(model, batch)

    fit = Fit(
        model, Noting(), Loader(), blocks=BLOCKS,
        strategy=Strategy(
            policy=policy, rates=AdamW(lr=0.1, weight_decay=0.5), schedule=Cosine(), precision=Fp32(CPU)
        ),
        plan=Plan(epochs=2, ema=0.9, clip=1.0),
        evaluate=lambda model: evaluate(model, Points(), Loader().epoch(0), Fp32(CPU)).figures(thorough=True),
    )  # fmt: skip
    head = model.head.weight.detach().clone()
    run(fit)
    for state in (weights(model), fit.ema.average):
        assert same({name: state[name] for name in frozen}, frozen)
    assert not any(modes[: len(modes) // 2])  # those of training: the others are in eval anyway
    assert not torch.equal(model.head.weight, head)


@pytest.mark.parametrize("scored", ["every epoch", "every step"])
def test_scoring_leaves_training_as_it_is(scored: str) -> None:
    """It draws random numbers of its own here, and puts the network in eval mode."""

    def score(model: nn.Module) -> dict[str, float]:
        torch.randn(7)
        result = evaluate(model, Points(), Loader(size=3).epoch(0), Fp32(CPU))
        torch.rand(3)
        return result.figures(thorough=True)

    plain_model, model = net(dropout=0.5), net(dropout=0.5)
    plan = Plan(epochs=3, seed=5, ema=0.9)
    whole = make_fit(plain_model, plan)
    run(whole)
    fit = make_fit(model, plan, evaluate=score)
    for report in fit:
        if isinstance(report, StepReport) and scored == "every step":
            score(model)
            fit.policy.enter(model, fit.progress.epoch)
    assert same(weights(model), weights(plain_model))
    assert same(fit.ema.average, whole.ema.average)
