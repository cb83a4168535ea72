"""Runs with `training.compile`: what they learn, keep and go on from is what they would without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from ftcli.errors import Interruption
from ftcli.models import compilation
from ftcli.models.freezing.meta_copy import CutError
from ftcli.runs import training as runs_training
from ftcli.training.reports import EpochReport
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.25, text: text, label: label, batch_size: 4, max_length: 16}
model: bert
freeze: lp-ft
optimizer: {lr: 1e-3}
training: {epochs: 3, device: cpu, precision: fp32, log_every: 1, probe: no}
"""


@pytest.fixture
def texts(workplace: Path) -> Path:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    tiny_models.bert(workplace / "bert")
    (workplace / "texts.yaml").write_text(TEXTS)
    return workplace


def losses(run: Path) -> list[float]:
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["loss"] for line in lines if "loss" in line]


def weights(run: Path) -> dict[str, Any]:
    return dict(load_file(run / "checkpoints/epoch-0003/model.safetensors"))


def test_a_compiled_run_learns_the_same_under_the_same_names(
    ftcli: Command, texts: Path, compilations: list[int]
) -> None:
    ftcli.ok("train", "texts.yaml", "output=plain")
    assert compilations == []
    shown = ftcli.ok("train", "texts.yaml", "--verbose", "output=fast", "training.compile=true")
    assert "note: training.compile compiles the steps of 2 of 3 epochs" in shown
    assert 1 <= len(compilations) <= 3  # not the probe, which is cut; one size, any length, any batch
    assert losses(texts / "fast") == pytest.approx(losses(texts / "plain"), rel=1e-4)
    assert weights(texts / "fast").keys() == weights(texts / "plain").keys()

    compilations.clear()
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "fast", "--json"))
    written = json.loads((texts / "fast/summary.json").read_text())["val"]
    assert {name: scored[name] for name in written} == written
    assert compilations == []


def test_a_network_that_cannot_be_cut_is_compiled_in_every_epoch(
    ftcli: Command, texts: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise CutError("it is of one piece")

    monkeypatch.setattr("ftcli.runs.caching.Cut", refuse)
    assert "training.compile" not in ftcli.ok("train", "texts.yaml", "output=fast", "training.compile=true")
    assert compilations


def test_a_compiled_run_resumes(
    ftcli: Command, texts: Path, compilations: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", "texts.yaml", "output=whole", "training.compile=true")
    record = runs_training.Training._record

    def interrupt(self: Any, report: Any) -> None:
        record(self, report)
        if isinstance(report, EpochReport) and report.epoch == 2:
            raise Interruption(2)

    with monkeypatch.context() as patch:
        patch.setattr(runs_training.Training, "_record", interrupt)
        assert ftcli("train", "texts.yaml", "output=halves", "training.compile=true").status == 130
    compilations.clear()
    torch._dynamo.reset()  # as in another process
    ftcli.ok("train", "--resume", "halves")
    assert compilations
    assert losses(texts / "halves") == losses(texts / "whole")


def test_a_machine_that_cannot_compile_is_told_before_anything_is_read(
    ftcli: Command, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "_missing_on_cpu", lambda: "no C++ compiler was found. Install g++")
    (texts / "reviews.csv").write_bytes(b"")  # a mistake that reading would find
    said = ftcli.refused("train", "texts.yaml", "training.compile=true")
    assert (
        "command line: training.compile: no C++ compiler was found. Install g++; or leave training.compile out"
        in said
    )
    assert not (texts / "runs").exists()
