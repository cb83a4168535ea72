"""Runs that go on where others end: with less memory than they asked for, and after a loss that is no number."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from ftcli.contracts import Batch
from ftcli.errors import Interruption
from ftcli.runs import training as runs_training
from ftcli.system import signals
from ftcli.tasks.supervised import SupervisedTask
from ftcli.training.fit import Fit
from ftcli.training.reports import StepReport
from tests.resuming import files
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.trackers import growing

TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
optimizer: {lr: 1e-3}
schedule: constant
training:
  {epochs: 3, device: cpu, precision: fp32, log_every: 1, save_steps: 1, ema: 0.9, keep_state: true}
"""
IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, workers: 0}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: none
optimizer: {lr: 1e-3}
training: {epochs: 2, device: cpu, precision: fp32, keep_state: true}
"""
COMPARED = (".safetensors", "metrics.jsonl", "state.json")


@pytest.fixture
def texts(workplace: Path) -> Path:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    path = workplace / "texts.yaml"
    path.write_text(TEXTS)
    return path


def around(monkeypatch: pytest.MonkeyPatch, change: Callable[[Fit, Sequence[Batch], Any], None]) -> None:
    """Let `change` see, and spoil, what comes of the passes of each step."""
    real = Fit._gradients

    def gradients(self: Fit, form: nn.Module, examples: int, window: Sequence[Batch]) -> Any:
        made = real(self, form, examples, window)
        change(self, window, made)
        return made

    monkeypatch.setattr(Fit, "_gradients", gradients)


def no_number(monkeypatch: pytest.MonkeyPatch, steps: Mapping[int, float]) -> None:
    """A loss that is none in these steps, as long as the learning rate is above what is said."""

    def spoil(fit: Fit, window: Sequence[Batch], made: Any) -> None:
        if fit.optimizer.param_groups[-1]["lr"] > steps.get(fit.progress.step + 1, 1.0):
            made[0][0].fill_(float("nan"))

    around(monkeypatch, spoil)


def room_for(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    def overflow(fit: Fit, window: Sequence[Batch], made: Any) -> None:
        if any(len(batch.ids) > most for batch in window):
            raise torch.OutOfMemoryError("CUDA out of memory")

    around(monkeypatch, overflow)


def stop(monkeypatch: pytest.MonkeyPatch, at: Sequence[int], *, saving: bool) -> None:
    """Stop at the n-th step that is reported: like kill -9, or with a checkpoint, like Ctrl-C."""
    record, count = runs_training.Training._record, [0]

    def stopping(self: Any, report: Any) -> None:
        record(self, report)
        count[0] += isinstance(report, StepReport)
        if isinstance(report, StepReport) and count[0] in at:
            if not saving:
                raise Interruption(9)
            monkeypatch.setattr(signals, "check", raising)

    def raising() -> None:
        monkeypatch.setattr(signals, "check", lambda: None)
        raise Interruption(2)

    monkeypatch.setattr(runs_training.Training, "_record", stopping)


def summary(run: str) -> dict[str, Any]:
    return dict(json.loads(Path(run, "summary.json").read_text()))


def metrics(run: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(run, "metrics.jsonl").read_text().splitlines()]


def compared(run: str) -> dict[str, bytes]:
    return {name: content for name, content in files(Path(run)).items() if name.endswith(COMPARED)}


def finished(ftcli: Command, run: str) -> None:
    """Resume until it is done."""
    for _ in range(9):
        if Path(run, "summary.json").exists():
            return
        ftcli("train", "--resume", run)
    raise AssertionError("it never ends")


# --------------------------------------------------------------------------------------------------------- memory


def test_halving_is_told_recorded_and_kept_across_a_resume(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", texts, "output=roomy")
    room_for(monkeypatch, 2)
    said = ftcli.ok("train", texts, "output=whole")
    note = "memory was too small for a batch: from here on at most 2 examples go through the network at once"
    assert said.count(f"note: {note}") == 1
    assert note in Path("whole/log.txt").read_text()
    (line,) = [line for line in metrics("whole") if "note" in line]
    assert (line["step"], line["epoch"]) == (1, 1)
    assert summary("whole")["micro_batch"] == 2
    assert summary("roomy")["micro_batch"] is None
    rates = [[line["lr"] for line in metrics(run) if "loss" in line] for run in ("roomy", "whole")]
    assert rates[0] == rates[1]  # as many steps
    with pytest.MonkeyPatch.context() as patch:
        stop(patch, [7], saving=False)
        assert ftcli("train", texts, "output=halves").status == 137
    finished(ftcli, "halves")
    assert compared("halves") == compared("whole")


@pytest.mark.parametrize("extra", [("data.workers=2", "data.augment=light"), ("freeze=backbone",)], ids=str)
def test_halves_are_the_run_that_was_configured_so(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch, extra: tuple[str, ...]
) -> None:
    """Images, with batch norm and augmentation, or features at the cut: 18 examples, 8 at a time."""
    tiny_data.split_folders(workplace / "photos", {"train": 9, "val": 2})
    (workplace / "photos.yaml").write_text(IMAGES)
    ftcli.ok(
        "train", "photos.yaml", "output=configured", "data.batch_size=4", "training.accumulate=2", *extra
    )
    room_for(monkeypatch, 4)
    said = ftcli.ok("train", "photos.yaml", "output=halved", "data.batch_size=8", *extra)
    assert "at most 4 examples" in said
    assert ("batch norms see fewer" in said) == (extra != ("freeze=backbone",))
    names = [name for name in compared("halved") if name.endswith(".safetensors")]
    assert len(names) >= 2
    configured, halved = (files(Path(run)) for run in ("configured", "halved"))
    assert [name for name in names if configured[name] != halved[name]] == []


def test_scoring_halves_too_and_changes_no_figure(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", texts, "output=run", "training.epochs=1")
    figures = json.loads(ftcli.ok("eval", "--checkpoint", "run", "--json"))
    predicted = ftcli.ok("predict", "--checkpoint", "run", "--input", "reviews.csv")
    sizes: list[int] = []

    def small(real: Callable[..., Any]) -> Callable[..., Any]:
        def work(self: Any, model: Any, batch: Batch, *rest: Any) -> Any:
            sizes.append(len(batch.ids))
            if len(batch.ids) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return real(self, model, batch, *rest)

        return work

    monkeypatch.setattr(SupervisedTask, "outputs", small(SupervisedTask.outputs))
    halved = json.loads(ftcli.ok("eval", "--checkpoint", "run", "--json"))
    assert figures.keys() == halved.keys()
    assert halved["accuracy"] == figures["accuracy"]
    assert halved["loss"] == pytest.approx(figures["loss"], rel=1e-5)
    assert max(sizes) > 2
    rows = [
        [line.split(",")[:2] for line in text.splitlines()]
        for text in (predicted, ftcli.ok("predict", "--checkpoint", "run", "--input", "reviews.csv"))
    ]
    assert rows[0] == rows[1]


# -------------------------------------------------------------------------------------------------------- retries


def test_without_retries_it_ends_and_says_so(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_number(monkeypatch, {8: 0.0})
    said = ftcli.refused("train", texts, "output=run")
    assert "the loss is nan at step 8 (epoch 2), in the batch of " in said
    assert not any("retr" in line for line in said.splitlines())


@pytest.mark.parametrize(("at", "epoch"), [(3, 0), (8, 1)])
def test_it_goes_back_to_the_last_epoch_and_on_at_half_the_rate(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch, at: int, epoch: int
) -> None:
    no_number(monkeypatch, {at: 4e-4})  # 1e-3 and 5e-4 are too high, 2.5e-4 is not
    said = ftcli.ok("train", texts, "output=run", "training.retries=3", "data.workers=1")
    back = f"the loss is nan at step {at} (epoch {epoch + 1}), in the batch of "
    assert [line[: len(back) + 6] for line in said.splitlines() if "retry" in line] == [f"note: {back}"] * 2
    assert f"back to the end of epoch {epoch}, and on at the learning rate times 0.25 (retry 2 of 3)" in said
    lines = [line for line in metrics("run") if "loss" in line]
    assert [line["step"] for line in lines] == list(range(1, 16))  # each step once
    assert [line["lr"] for line in lines] == [1e-3] * 5 * epoch + [2.5e-4] * (15 - 5 * epoch)
    assert all("nan" not in json.dumps(line).lower() for line in lines)
    assert [text[: len(back)] for text in summary("run")["retried"]] == [back] * 2
    for path in Path("run/checkpoints").rglob("*.safetensors"):
        assert all(value.isfinite().all() for value in load_file(path).values())


def test_trackers_have_what_the_log_has_after_retries(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorboard")
    monkeypatch.setattr("ftcli.trackers.live.EVERY", 0.02)
    no_number(monkeypatch, {3: 4e-4, 8: 2e-4})
    ftcli.ok("train", texts, "output=run", "training.retries=4", "training.trackers=tensorboard")
    found, logged = growing.in_tensorboard(Path("run")), growing.truncated(growing.logged(Path("run")))
    assert len(logged["train/loss"]) == 15
    assert {name: points for name, points in found.items() if name in logged} == logged


def test_retries_end(ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_number(monkeypatch, {8: 0.0})
    said = ftcli.refused("train", texts, "output=run", "training.retries=2")
    assert "the loss is nan at step 8 (epoch 2)" in said
    assert "(2 retries at lower rates did not help)" in said
    assert not Path("run/summary.json").exists()


@pytest.mark.parametrize("saving", [False, True], ids=["killed", "Ctrl-C"])
@pytest.mark.parametrize("at", [[1], [7], [7, 9, 12]], ids=str)
def test_a_run_that_is_stopped_around_retries_ends_with_the_same_bytes(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch, at: list[int], saving: bool
) -> None:
    """Two retries of step 3 and one of step 8, and stops before, between and behind them."""
    no_number(monkeypatch, {3: 4e-4, 8: 2e-4})
    extra = ("training.retries=4", "training.epochs=2", "training.save_steps=3", "training.save_every=2")
    ftcli.ok("train", texts, "output=whole", *extra)
    assert len(summary("whole")["retried"]) == 3
    with pytest.MonkeyPatch.context() as patch:
        stop(patch, at, saving=saving)
        ftcli("train", texts, "output=halves", *extra)
        finished(ftcli, "halves")
    assert compared("halves") == compared("whole")
    assert summary("halves")["retried"] == summary("whole")["retried"]
