"""Out of memory: the same step, in smaller chunks, as if it had been configured so."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn

from ftcli.contracts import Batch, Example, Loss, Metric, Prediction
from ftcli.errors import TrainingError
from ftcli.tasks import TASKS
from ftcli.training.evaluate import evaluate, predict
from ftcli.training.fit import Fit
from ftcli.training.oom import Chunks, is_out_of_memory
from ftcli.training.optimizers import AdamW
from ftcli.training.precision import Fp32
from ftcli.training.reports import Plan, StepReport
from tests.training.plain_loop import largest
from tests.training.task_batches import Rows, fit_rows, rows_of
from tests.training.toy import Loader, Net, Points
from tests.training.toy_fit import make_fit, net, run, same, state_of, weights, without_norm

CPU = Fp32(torch.device("cpu"))
ERRORS: Mapping[str, Callable[[], BaseException]] = {
    "cuda": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    "cpu": lambda: RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate"
                                " memory: you tried to allocate 8 bytes. Error code 12 (Cannot allocate memory)"),
    "mps": lambda: RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    "python": MemoryError,
}  # fmt: skip


class Small(Points):
    """A network with room for `most` examples; the error comes before, in the middle of, or behind the pass."""

    def __init__(self, most: int, error: str = "cuda", when: str = "behind") -> None:
        self.most, self.error, self.when = most, ERRORS[error], when
        self.sizes: list[int] = []

    def loss(self, outputs: Any, batch: Batch) -> Loss:
        self.sizes.append(len(batch.ids))
        full = len(batch.ids) > self.most
        if full and self.when == "before":
            raise self.error()
        loss = super().loss(outputs, batch)
        if full and self.when == "behind":
            raise self.error()
        if full:
            total: Any = loss.total
            total.register_hook(self._in_backward)
        return loss

    def _in_backward(self, gradient: Tensor) -> None:
        raise self.error()


class Roomy(Small):
    """The same without an end of room: it only notes sizes."""

    def __init__(self) -> None:
        super().__init__(10**6)


@pytest.mark.parametrize("when", ["before", "behind", "in backward"])
@pytest.mark.parametrize("error", ERRORS)
def test_halves_are_the_run_that_was_configured_so(error: str, when: str) -> None:
    """22 examples, 16 at a time, and room for 8: dropout, batch norm, clipping, an average and Adam's moments."""
    plan = Plan(epochs=3, ema=0.9, clip=0.5, seed=4)
    halved = make_fit(
        net(dropout=0.5), plan, loader=Loader(size=16), rates=AdamW(lr=0.01), task=Small(8, error, when)
    )
    reports = run(halved)
    plan = Plan(epochs=3, ema=0.9, clip=0.5, seed=4, accumulate=2)
    configured = make_fit(net(dropout=0.5), plan, loader=Loader(size=8), rates=AdamW(lr=0.01))
    expected = run(configured)
    assert same(state_of(halved), state_of(configured))
    assert [report.read() for report in reports] == [report.read() for report in expected]
    assert [report.examples for report in reports] == [16, 6] * 3
    assert halved.progress.micro_batch == 8


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        (11, [16, 8, 8, 6]),
        (7, [16, 8, 4, 4, 4, 4, 4, 2]),
        (3, [16, 8, 4, *[2] * 8, *[2] * 3]),
        (1, [16, 8, 4, 2, *[1] * 22]),
    ],
)
def test_it_halves_until_there_is_room_and_goes_on_so(most: int, sizes: list[int]) -> None:
    model = without_norm(net()).double()
    reference = copy.deepcopy(model)
    task = Small(most, when="before")
    fit = make_fit(model, Plan(epochs=1), loader=Loader(size=16, dtype=torch.float64), task=task)
    reports = run(fit)
    assert task.sizes == sizes
    run(make_fit(reference, Plan(epochs=1), loader=Loader(size=16, dtype=torch.float64)))
    assert largest(model, reference) < 1e-6  # as without halving
    assert [len(report.notes) for report in reports] == [1, 0]
    assert f"at most {fit.progress.micro_batch} examples" in reports[0].notes[0]
    assert "batch norm" not in reports[0].notes[0]


def test_accumulated_batches_are_halved_each() -> None:
    task = Small(2)
    halved = make_fit(net(dropout=0.5), Plan(epochs=2, accumulate=2), loader=Loader(size=4), task=task)
    run(halved)
    configured = make_fit(net(dropout=0.5), Plan(epochs=2, accumulate=4), loader=Loader(size=2))
    run(configured)
    assert same(state_of(halved), state_of(configured))


def test_memory_may_run_short_in_any_step() -> None:
    """A later step is halved without a trace of the failed attempt, and with the dropout of its own seed."""

    at = 1
    marked = list(Loader(size=10).epoch(0))[at].ids[0]

    class Later(Small):
        def loss(self, outputs: Any, batch: Batch) -> Loss:
            self.most = 8 if marked in batch.ids else self.most
            return super().loss(outputs, batch)

    fit = make_fit(net(dropout=0.5), Plan(epochs=1), loader=Loader(size=10), task=Later(100))
    reports = run(fit)
    assert [len(report.notes) for report in reports] == [0, 1, 0]
    assert fit.progress.micro_batch == 5

    again = make_fit(net(dropout=0.5), Plan(epochs=1), loader=Loader(size=10))
    for report in again:
        if isinstance(report, StepReport) and report.step == at:
            again.progress.micro_batch = 5
    assert same(state_of(fit), state_of(again))


def test_batch_norm_is_warned_of_and_never_sees_one_example() -> None:
    fit = make_fit(net(), Plan(epochs=1), loader=Loader(size=16), task=Small(8))
    assert "batch norms see fewer" in run(fit)[0].notes[0]
    task = Small(1)
    fit = make_fit(net(), Plan(epochs=1), loader=Loader(size=16), task=task)
    before = weights(fit.model)
    with pytest.raises(TrainingError, match="full with 2 examples, which batch norm needs at least"):
        run(fit)
    assert task.sizes[-1] == 2
    assert same(weights(fit.model), before)


def test_one_example_that_does_not_fit_is_an_answer() -> None:
    fit = make_fit(without_norm(net()), Plan(epochs=1), task=Small(0))
    before = weights(fit.model)
    with pytest.raises(TrainingError, match="the memory of the device is full with one example"):
        run(fit)
    assert same(weights(fit.model), before)
    assert fit.progress.step == 0


def test_an_error_of_another_kind_is_not_taken_for_it() -> None:
    class Broken(Points):
        def loss(self, outputs: Any, batch: Batch) -> Loss:
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        run(make_fit(net(), Plan(epochs=1), task=Broken()))


@pytest.mark.parametrize("at", [1, 2])
def test_a_resumed_run_goes_on_in_the_same_chunks(at: int) -> None:
    def start(model: Net, task: Points) -> Fit:
        return make_fit(
            model, Plan(epochs=2, seed=1), loader=Loader(size=16), task=task, rates=AdamW(lr=0.01)
        )

    whole = start(net(dropout=0.5), Small(8))
    run(whole)
    first = start(net(dropout=0.5), Small(8))
    run(first, at)
    state, saved = copy.deepcopy(first.state_dict()), weights(first.model)
    second, task = net(seed=3), Small(8)
    second.backbone[3] = nn.Dropout(0.5)
    second.load_state_dict(saved)
    resumed = start(second, task)
    resumed.load_state_dict(state)
    run(resumed)
    assert max(task.sizes) == 8  # it did not have to find out again
    assert same(state_of(resumed), state_of(whole))


@pytest.mark.parametrize("name", TASKS)
def test_any_task_is_halved(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its real batches of 5, with room for 2: the weights of the step that was not cut, in float64."""
    task, model, examples = rows_of(name)
    reference = copy.deepcopy(model)
    real, sizes = task.loss, list[int]()

    def loss(network: nn.Module, batch: Batch) -> Loss:
        sizes.append(len(batch.ids))
        found = real(network, batch)
        if len(batch.ids) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return found

    run(fit_rows(task, reference, Rows(task, examples, 5), Plan(epochs=2)))
    monkeypatch.setattr(task, "loss", loss)
    run(fit_rows(task, model, Rows(task, examples, 5), Plan(epochs=2)))
    assert sizes == [5, 2, 3, 2, 3]
    assert largest(model, reference) < 1e-6


# ------------------------------------------------------------------------------------------------ without gradients


class Counting:
    """Counts what it sees; with `full_at` its memory is short in the middle of an update."""

    thorough: ClassVar[bool] = False

    def __init__(self, full_at: int | None = None) -> None:
        self.seen, self.full_at = 0, full_at

    def update(self, outputs: Any, targets: Any) -> None:
        self.seen += len(targets)
        if self.seen == self.full_at:
            raise torch.OutOfMemoryError("CUDA out of memory")

    def merge(self, other: Any) -> None:
        raise NotImplementedError

    def compute(self) -> dict[str, float]:
        return {"seen": float(self.seen)}


class Scored(Small):
    def __init__(self, most: int, full_at: int | None = None) -> None:
        super().__init__(most)
        self.full_at = full_at

    def metrics(self) -> dict[str, Metric]:
        return {"counting": Counting(self.full_at)}

    def predictions(self, model: nn.Module, batch: Batch, outputs: Any = None) -> list[Prediction]:
        self.loss(self.outputs(model, batch), batch)
        return [Prediction(id_, "a") for id_ in batch.ids]

    def unanswered(self, example: Example) -> Example:
        return example


@pytest.mark.parametrize("most", [11, 5, 1])
def test_scoring_and_predicting_halve_too(most: int) -> None:
    model = net()
    whole = evaluate(model, Scored(100), Loader(size=11).epoch(0), CPU)
    task = Scored(most)
    halved = evaluate(model, task, Loader(size=11).epoch(0), CPU)
    assert halved.figures(thorough=True)["seen"] == 22
    assert halved.loss == pytest.approx(whole.loss, rel=1e-6)
    assert task.sizes.count(11) == (2 if most == 11 else 1)  # it finds out once
    batches = list(Loader(size=11).epoch(0))
    ids = [one.id for one in predict(model, Scored(most), batches, CPU)]
    assert ids == [id_ for batch in batches for id_ in batch.ids]


def test_scoring_never_counts_an_example_twice() -> None:
    with pytest.raises(TrainingError, match=r"the memory of the device is full: a smaller data\.batch_size"):
        evaluate(net(), Scored(100, full_at=11), Loader(size=11).epoch(0), CPU)
    with pytest.raises(TrainingError, match="full with one example"):
        evaluate(net(), Scored(0), Loader(size=11).epoch(0), CPU)


# ------------------------------------------------------------------------------------------------------- chunks


@pytest.mark.parametrize(
    ("size", "most", "sizes"),
    [
        (16, 8, [8, 8]),
        (17, 8, [8, 9]),
        (18, 8, [8, 8, 2]),
        (5, 5, [5]),
        (5, 9, [5]),
        (3, 1, [1, 1, 1]),
        (3, 2, [3]),
    ],
)
def test_chunks_are_as_a_batch_sampler_would_cut_them(size: int, most: int, sizes: list[int]) -> None:
    (batch,) = Loader(examples=size, size=size).epoch(0)
    chunks = Chunks(most).of(batch)
    assert [len(chunk.ids) for chunk in chunks] == sizes
    assert torch.equal(torch.cat([chunk.inputs["points"] for chunk in chunks]), batch.inputs["points"])


def test_a_batch_that_cannot_be_cut_is_a_bug() -> None:
    with pytest.raises(ValueError, match="3 items in a batch of 2 examples"):
        Batch({"points": torch.zeros(3, 4)}, torch.zeros(2), ["a", "b"]).part(0, 1)


# --------------------------------------------------------------------------------------------- memory that is full


@pytest.mark.skipif(sys.platform != "linux", reason="limits the address space, and looks at /proc")
def test_an_allocator_that_fails_is_halved_too() -> None:
    command = [sys.executable, "-m", "tests.training.limited"]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=root)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["pieces"]) <= {8, 4, 2, 1}
    assert len(result["notes"]) == len(set(result["pieces"]))
    assert result["equal"]
    assert result["scored"] == 64


def test_the_words_of_this_pytorch_are_known() -> None:
    with pytest.raises(RuntimeError) as error:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(error.value)
