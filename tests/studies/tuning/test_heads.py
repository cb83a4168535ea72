"""Heads alone, on kept features."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftcli.runs.experiment_checks import load_checked
from ftcli.studies.trials import Trial
from ftcli.studies.tuning import heads
from ftcli.studies.tuning.heads import try_heads
from ftcli.studies.tuning.study import HEADS, Study
from ftcli.system import signals
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 8, augment: none}
model: {backbone: resnet}
freeze: backbone
optimizer: {lr: 1e-2}
training: {epochs: 3, device: cpu, precision: fp32, early_stop: none}
"""


@pytest.fixture
def study(workplace: Path) -> Study:
    tiny_data.split_folders(workplace / "photos", {"train": 12, "val": 6})
    tiny_models.resnet(workplace / "resnet")
    (workplace / "images.yaml").write_text(YAML)
    search = ["optimizer.lr=1e-3..1e-1:log", "freeze=[backbone, none]"]
    return Study.create(load_checked(workplace / "images.yaml"), workplace / "study", "images", search)


def test_a_head_alone_is_the_training_with_a_frozen_backbone(study: Study) -> None:
    found = try_heads(study, math.inf, most=3)
    assert found.reason is None
    assert len(found.tried) == 3
    assert [value for _, value in found.tried] == sorted((value for _, value in found.tried), reverse=True)
    start = next(value for point, value in found.tried if point["optimizer.lr"] == 0.01)
    whole = load_checked(study.base_path({"freeze": "backbone"}), ["training.probe=false"])
    assert Trial(whole, study.folder / "whole").advance(1.0).best == pytest.approx(start)
    # What is best comes early in the search, also in another process.
    assert json.loads((study.folder / HEADS).read_text())["tried"][0]["val"] == found.tried[0][1]
    points = [one.point for _ in range(4) if (one := Study.existing(study.folder).journal.begin())]
    assert points[3] == {**found.tried[0][0], "freeze": "backbone"}


def test_a_head_ends_with_the_time(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()
    # The alarm goes by the clock of the machine, which is far beyond all ticks.
    monkeypatch.setattr(signals, "until", lambda end: contextlib.nullcontext())
    monkeypatch.setattr(heads, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    # A tenth of it, 4 ticks: the start, the features, one look before the head, and its first step.
    assert try_heads(study, 40.0).tried == ()
    assert next(ticks) < 10


@pytest.mark.skipif(signals.ALARM is None, reason="this system has no alarms")
def test_features_that_take_all_the_time_are_interrupted(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forever(*_: object) -> Path:
        while True:
            time.sleep(0.01)

    monkeypatch.setattr(Study, "base_path", forever)
    found = try_heads(study, math.inf, until=time.monotonic() + 0.05)
    assert (found.tried, "took longer" in (found.reason or "")) == ((), True)


def test_no_heads_are_tried_where_the_policy_is_not_searched(study: Study, workplace: Path) -> None:
    experiment = load_checked(workplace / "images.yaml", ["freeze=none"])
    other = Study.create(experiment, workplace / "other", "images", ["optimizer.lr=1e-3..1e-1:log"])
    assert "is not searched" in (try_heads(other, math.inf, most=1).reason or "")
    assert not (other.folder / HEADS).exists()


def test_heads_are_tried_where_the_policy_is_the_default(study: Study, workplace: Path) -> None:
    experiment = load_checked(workplace / "images.yaml")
    other = Study.create(experiment, workplace / "other", "images", ["optimizer.lr=1e-3..1e-1:log"])
    found = try_heads(other, math.inf, most=2)
    assert len(found.tried) == 2
    assert [other.journal.begin() for _ in range(4)][3] is not None
    hint = other.journal.records()[3]
    assert hint.point["optimizer.lr"] == found.tried[0][0]["optimizer.lr"]
    assert other.experiment(hint).freeze == experiment.freeze


def test_a_policy_without_a_step_gets_the_usual_length(study: Study, workplace: Path) -> None:
    # `freeze: backbone` without a length is the probe, and no point would change anything of it.
    (workplace / "usual.yaml").write_text(
        YAML.replace("epochs: 3, ", "").replace("backbone\nopt", "none\nopt")
    )
    other = Study.create(load_checked(workplace / "usual.yaml"), workplace / "other", "images")
    epochs = load_checked(other.base_path({"freeze": "backbone"})).training.epochs
    assert epochs
    assert other.changes({"freeze": "backbone", "training.epochs": "0.5"}) == [
        f"training.epochs={round(epochs / 2)}"
    ]
