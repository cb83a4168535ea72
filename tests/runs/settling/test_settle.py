"""A training begins with plain values: what was found stands in experiment.yaml, and is not searched again."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

import ftcli
from ftcli.cli.plan import found as left_to_measurements
from ftcli.config.load import load_experiment
from ftcli.config.measured import to_measure
from ftcli.errors import RunError, UserError
from ftcli.runs.directory import RunDirectory
from ftcli.runs.probing import probing
from ftcli.runs.probing.baseline import Baseline
from ftcli.runs.resume_guard import load_to_resume
from ftcli.runs.session import Session
from ftcli.runs.settling import settle as settling
from ftcli.runs.settling.sweep import Swept, sweeps
from ftcli.runs.train import new_training
from ftcli.training.distributed.group import Group
from tests.runs.settling.small import small

ASKED = ("data.batch_size=auto", "optimizer={name: sgd, lr: find, momentum: 0.5}")
KEPT = ("data.cache={keep: auto, folder: cache}",)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "sweeps", partial(sweeps, steps=18, seeds=1))


def test_a_run_has_plain_values_and_cannot_ask_again(workplace: Path) -> None:
    run = ftcli.train(small(workplace, *ASKED))
    written = load_experiment(run / "experiment.yaml")
    assert written.optimizer is not None
    assert to_measure(written) == set()
    assert written.data.batch_size == 12
    assert written.training.micro_batch is not None
    options = written.optimizer.options
    assert (options["momentum"], options["lr"] > 0, options["backbone_lr"] > 0) == (0.5, True, True)
    for override in ("data.batch_size=auto", "optimizer.lr=find"):
        with pytest.raises(UserError, match=override.replace("=", ": ")):
            load_to_resume(RunDirectory.existing(run), [override])
    with pytest.raises(RunError, match=r'data\.batch_size: was 12 and is "auto"'):
        load_to_resume(RunDirectory.existing(run), ["data.batch_size=auto", "training.micro_batch=null"])


def test_choices_say_why_and_what_is_measured_is_watched(workplace: Path) -> None:
    seen: list[str] = []
    asked = small(workplace, *ASKED)
    training = new_training(asked, "x", dry=True, measuring=lambda what, done, total: seen.append(what))
    reasons = {choice.key: choice.reason for choice in training.session.choices}
    assert "MiB" in reasons["training.micro_batch"]
    assert "usual rate" in reasons["optimizer.lr"]
    found = [words for _, words in left_to_measurements(training.session)]
    assert [words.partition(":")[0] for words in found] == ["training.micro_batch", "optimizer.lr"]
    assert any("data.batch_size: auto" in line for line in seen)
    assert any("sweep" in line for line in seen)
    assert not (workplace / "runs").exists()


def test_nothing_is_measured_unasked(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "prepare", None)
    experiment = small(workplace)
    assert settling.settle(experiment, "x", Group()) == (experiment, [], None)


@pytest.mark.parametrize("dry", [False, True])
def test_sweeps_begin_with_the_probe_and_the_parts_of_a_batch(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, dry: bool
) -> None:
    """The probe is fitted once, and nothing is kept of it where nothing may be."""
    seen: list[Session] = []
    fitted = Mock(wraps=probing.probe)

    def swept(session: Session, **options: Any) -> Swept:
        seen.append(session)
        return sweeps(session, steps=18, seeds=1, **options)

    monkeypatch.setattr(settling, "sweeps", swept)
    monkeypatch.setattr(probing, "probe", fitted)
    training = new_training(small(workplace, *ASKED, "training.probe=yes", *KEPT), "x", dry=dry)
    assert fitted.call_count == 1
    (session,) = seen
    assert isinstance(session.probe, Baseline)
    assert (
        session.experiment.training.micro_batch
        == training.session.experiment.training.micro_batch
        is not None
    )
    assert session.experiment.data.cache.keep == "auto"
    assert (training.session.probe is None) is dry
    assert any((workplace / "cache").glob("*/*.data")) is not dry


def test_without_a_step_no_batch_is_measured(workplace: Path) -> None:
    asked = small(workplace, "data.batch_size=auto", "training.epochs=0")
    found = settling.settle(asked, "run", Group())
    assert (found[0].data.batch_size, found[0].training.micro_batch) == (12, None)
    assert [(one.key, one.reason) for one in found[1]] == [
        ("data.batch_size", "the usual batch: no step is taken with it")
    ]
