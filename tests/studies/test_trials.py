"""A trial that is paused and promoted is the training that was never paused."""

from __future__ import annotations

import math
import signal
from pathlib import Path

import pytest

from ftcli.config.schema import Experiment
from ftcli.errors import ConfigError, Interruption
from ftcli.runs.checkpoints.writer import CheckpointWriter
from ftcli.runs.experiment_checks import load_checked
from ftcli.studies import trials
from ftcli.studies.trials import Trial
from ftcli.system import signals
from ftcli.training.fit import Fit
from ftcli.training.reports import StepReport
from tests.resuming import files
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

YAML = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16, workers: 0}
model: bert
optimizer: {lr: 1e-3}
training: {epochs: 2, device: cpu, precision: fp32, ema: 0.9, early_stop: none}
"""
STEPS = 10
# What a run is made of, beside times.
COMPARED = (".safetensors", "metrics.jsonl", "state.json")


@pytest.fixture
def experiment(workplace: Path) -> Experiment:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(YAML)
    return load_checked(workplace / "texts.yaml")


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are computed, whoever counts them."""
    steps: list[int] = []
    real = Fit._step

    def step(self: Fit, *arguments: object) -> object:
        steps.append(self.progress.step)
        return real(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Fit, "_step", step)
    return steps


def compared(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in files(folder).items() if name.endswith(COMPARED)}


def test_a_promoted_trial_is_one_that_was_never_paused(experiment: Experiment, computed: list[int]) -> None:
    whole = Trial(experiment, Path("study/whole")).advance(1.0)
    assert computed == list(range(STEPS))
    assert (whole.step, whole.steps_run) == (STEPS, STEPS)
    computed.clear()

    parts = Trial(experiment, Path("study/parts"))
    rungs = [parts.advance(share) for share in (1 / 9, 1 / 3, 0.5, 1.0)]
    assert computed == list(range(STEPS))
    # Within the first epoch twice, at its end, and at the end of the last.
    assert [(rung.step, rung.steps_run) for rung in rungs] == [(2, 2), (4, 2), (5, 1), (10, 5)]
    assert [rung.finished for rung in rungs] == [False, False, False, True]
    assert rungs[-1]._replace(seconds=0, opening=0, steps_run=0) == whole._replace(
        seconds=0, opening=0, steps_run=0
    )
    assert compared(Path("study/parts")) == compared(Path("study/whole"))


def test_one_more_call_takes_no_step(experiment: Experiment, computed: list[int]) -> None:
    trial = Trial(experiment, Path("trial"))
    first = trial.advance(0.3)
    again = trial.advance(0.3)
    assert computed == [0, 1, 2]
    assert again.steps_run == 0
    assert again._replace(seconds=0, opening=0) == first._replace(seconds=0, opening=0, steps_run=0)


def test_one_that_is_interrupted_goes_on(experiment: Experiment, computed: list[int]) -> None:
    trial = Trial(experiment, Path("trial"))

    def interrupt(report: object) -> None:
        if isinstance(report, StepReport) and report.step == 2:
            signals._requests.noted = 2

    trial.watch = interrupt
    with pytest.raises(Interruption):
        trial.advance(1.0)
    trial.watch = lambda report: None
    assert trial.advance(1.0).steps_run == STEPS - 2
    assert computed == list(range(STEPS))


def test_a_finished_trial_becomes_a_run(experiment: Experiment, computed: list[int]) -> None:
    trial = Trial(experiment, Path("trial"))
    trial.advance(1.0)
    assert not Path("trial/summary.json").exists()
    summary = trial.finish()
    assert summary["epochs"] == 2
    assert computed == list(range(STEPS))
    assert trial.finish() == summary
    assert Path("trial/report.html").exists()


def test_it_can_begin_without_a_step(experiment: Experiment, computed: list[int]) -> None:
    trial = Trial(experiment, Path("trial"))
    begun = trial.begin()
    assert computed == []
    assert (begun.steps, begun.metric, begun.validated) == (STEPS, "accuracy", 6)
    assert begun.experiment.optimizer is not None
    assert trial.advance(1.0).steps_run == STEPS
    held_out = trial.held_out()
    assert len(held_out.scores) == 6
    assert held_out.figures["accuracy"] == pytest.approx(sum(held_out.scores) / 6)
    assert computed == list(range(STEPS))


def test_it_pauses_in_time(experiment: Experiment, computed: list[int]) -> None:
    trial = Trial(experiment, Path("trial"))
    trial.deadline = 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            trials, "_validated", lambda training: pytest.fail("it validated when the time was over")
        )
        early = trial.advance(1.0)
    assert math.isnan(early.metric)
    assert (early.step, early.finished) == (early.steps_run, False)
    assert early.step <= 1
    trial.deadline = math.inf
    assert trial.advance(1.0).steps_run == STEPS - early.step
    assert computed == list(range(STEPS))


def test_a_signal_while_it_pauses_is_answered(experiment: Experiment, computed: list[int]) -> None:
    """It comes after the last look at signals, while the checkpoint of the pause is written."""

    def save(self: CheckpointWriter) -> None:
        written(self)
        if self._fit.progress.step == 4:
            signals._requests.receive(signal.SIGINT, None)

    written = CheckpointWriter.save
    trial = Trial(experiment, Path("trial"))
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interruption):
        patch.setattr(CheckpointWriter, "save", save)
        trial.advance(1 / 3)
    assert trial.advance(1 / 3).steps_run == 0


def test_another_seed_can_have_the_same_splits(experiment: Experiment, workplace: Path) -> None:
    def splits(*overrides: str) -> bytes:
        folder = Path("trials") / "-".join(overrides or ("plain",))
        Trial(load_checked(workplace / "texts.yaml", overrides), folder).begin()
        return (folder / "data.json").read_bytes()

    assert splits("training.seed=1", "data.split_seed=0") == splits() != splits("training.seed=1")


def test_a_study_needs_a_validation_split(experiment: Experiment, workplace: Path) -> None:
    plain = load_checked(workplace / "texts.yaml", ["data.val=none"])
    with pytest.raises(ConfigError, match=r"data\.val: a study compares by a validation split"):
        Trial(plain, Path("trial")).advance(1.0)
    assert not Path("trial").exists()
