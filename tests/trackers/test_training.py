"""Trackers of real trainings: they get everything, and change nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.resuming import Stop, files
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.trackers import growing

pytest.importorskip("mlflow")
pytest.importorskip("wandb")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
YAML = """
task: image-classification
data: {source: photos, val: 0.5, batch_size: 2, image_size: 32, augment: flip}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 3, device: cpu, precision: fp32, log_every: 1}
"""
ALL = "training.trackers=[tensorboard,mlflow,wandb]"


@pytest.fixture
def photos(workplace: Path, empty_mlflow: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("ftcli.trackers.live.EVERY", 0.05)
    tiny_data.class_folders(workplace / "photos")
    (workplace / "my.yaml").write_text(YAML)
    shutil.copy(empty_mlflow, workplace / "mlflow.db")
    return workplace


def test_a_run_ends_with_the_same_bytes(ftcli: Command, photos: Path) -> None:
    ftcli.ok("train", "my.yaml", "output=plain")
    said = ftcli.ok("train", "my.yaml", "output=tracked", ALL)
    plain, tracked = files(photos / "plain"), files(photos / "tracked")
    same = [name for name in plain if name.endswith((".safetensors", "metrics.jsonl", "state.json"))]
    assert len(same) == 3
    assert [name for name in same if plain[name] != tracked[name]] == []
    assert f"  mlflow       mlflow ui --backend-store-uri sqlite:///{photos / 'mlflow.db'}\n" in said
    assert "has not all figures" not in said
    run = photos / "tracked"
    wanted = growing.in_mlflow(run)
    assert {key: points for key, points in wanted.items() if key in growing.logged(run)} == growing.logged(
        run
    )
    assert growing.in_tensorboard(run) == growing.truncated(wanted)
    summary = json.loads((run / "summary.json").read_text())
    assert wanted["best/val/accuracy"] == [(len(wanted["train/loss"]), summary["val"]["accuracy"])]
    seen = growing.in_wandb(run)
    assert {key: points for key, points in wanted.items() if not key.startswith("best/")} == seen


def test_an_interrupted_run_goes_on_in_its_trackers(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Stop(patch, epoch=1)
        assert ftcli("train", "my.yaml", "output=run", ALL).status == 130
    run = photos / "run"
    (before,) = growing.runs_in_mlflow(run)
    assert before.info.status == "FAILED"
    ftcli.ok("train", "--resume", "run")
    for _ in range(2):
        (after,) = growing.runs_in_mlflow(run)
        assert (after.info.run_id, after.info.status) == (before.info.run_id, "FINISHED")
        found, logged = growing.in_mlflow(run), growing.logged(run)
        assert {key: points for key, points in found.items() if key in logged} == logged
        assert growing.in_tensorboard(run) == growing.truncated(found)
        assert growing.in_wandb(run).keys() == {key for key in found if not key.startswith("best/")}
        ftcli.ok("sync", "run", "tensorboard", "mlflow", "wandb")


def test_a_tracker_that_cannot_be_reached_leaves_a_note(
    ftcli: Command, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("nobody is there")

    monkeypatch.setattr("ftcli.trackers.mlflow.MLflow.begin", refuse)
    said = ftcli.ok("train", "my.yaml", "output=run", "training.trackers=[mlflow]")
    note = next(line for line in said.splitlines() if line.startswith("note: mlflow"))
    assert "has not all figures" in note
    assert "ftcli sync run mlflow sends them" in " ".join(said.split())
    assert "note: mlflow has not all figures" in (photos / "run/log.txt").read_text()
