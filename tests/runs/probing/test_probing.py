"""A training begins with the probe of its frozen features, and keeps it until an epoch is better."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ftcli as package
from ftcli.config.load import load_experiment
from ftcli.errors import ConfigError, Interruption
from ftcli.models.pretrained.weights import read_weights
from ftcli.runs import training as runs_training
from ftcli.runs.checkpoints.writer import CheckpointWriter
from ftcli.runs.names import NAMES
from ftcli.runs.probing.baseline import Baseline, Skipped
from ftcli.runs.probing.head import before_a_step
from ftcli.runs.probing.probing import probed
from ftcli.runs.session import Session, prepare
from tests.resuming import check_resumes, files
from tests.running import Command
from tests.tiny import data, models

YAML = """\
task: image-classification
data: {source: photos, image_size: 32, batch_size: 8}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: weights.safetensors}
training: {device: cpu, precision: fp32, epochs: 2}
"""
# So fast that whatever the head knew is lost.
SPOILT = ("freeze=backbone", "optimizer={name: sgd, lr: 100.0}", "training.early_stop=false")


@pytest.fixture
def config(workplace: Path) -> Path:
    data.split_folders(workplace / "photos", {"train": 8, "val": 6}, ("blue", "green", "red"))
    models.torchvision_weights(workplace / "weights.safetensors")
    path = workplace / "x.yaml"
    path.write_text(YAML)
    return path


def begun(config: Path, *overrides: str) -> Session:
    return probed(prepare(load_experiment(config, overrides, names=NAMES)))


def summary(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "summary.json").read_text())
    return found


def test_without_epochs_it_is_the_model(ftcli: Command, config: Path) -> None:
    shown = ftcli.ok("train", config, "training.epochs=0", "output=run")
    assert "probe  accuracy " in shown
    assert "it was kept" in shown
    end, probe = summary(Path("run")), summary(Path("run"))["probe"]
    assert (end["epochs"], end["best_epoch"], probe["kept"], probe["linear"]) == (0, 0, True, True)
    assert end["val"]["accuracy"] == probe["val"]["accuracy"] == 1.0
    assert probe["held_out"]["accuracy"] > 0.9
    # Whatever reads a run takes one without epochs.
    card = Path("run/README.md").read_text()
    assert not any(words in card for words in ("best epoch", "no epoch beat", "fine-tuned from"))
    assert "Its head was fitted exactly to frozen features of" in card
    assert "it is the model, no step was taken" in Path("run/report.html").read_text()
    assert '"accuracy": 1.0' in ftcli.ok("eval", "run", "--json")
    assert "red" in ftcli.ok("predict", "run", "photos/val/red/0.png")
    assert "nothing to resume" in ftcli.ok("train", "--resume", "run")
    assert json.loads(ftcli.ok("runs", "--json", "."))["runs"][0]["best_epoch"] == 0
    assert "no step is taken" in ftcli.ok("train", config, "training.epochs=0", "--dry-run")
    assert "the head is the probe" in ftcli.ok("train", config, "training.epochs=0", "--plan")


def test_it_is_kept_where_training_is_not_better(ftcli: Command, config: Path) -> None:
    shown = ftcli.ok("train", config, *SPOILT, "output=run")
    assert "it was kept, training was not better" in shown
    end = summary(Path("run"))
    assert (end["epochs"], end["best_epoch"], end["probe"]["kept"]) == (2, 0, True)
    assert end["val"]["accuracy"] == end["probe"]["val"]["accuracy"]
    assert sorted(path.name for path in Path("run/checkpoints").iterdir()) == ["epoch-0000", "epoch-0002"]
    assert "kept, as no epoch was better" in Path("run/report.html").read_text()
    assert "which no epoch beat" in Path("run/README.md").read_text()


def test_a_time_that_is_over_before_a_step_is_said(ftcli: Command, config: Path) -> None:
    shown = ftcli.ok("train", config, "training.time=1s", "output=run")
    assert "the time is up: there was none for a step" in shown
    assert summary(Path("run"))["epochs"] == 0
    assert "time is up" in Path("run/report.html").read_text()


def test_the_head_of_epoch_0_is_the_probe(config: Path) -> None:
    session = begun(config)
    assert isinstance(session.probe, Baseline)
    run = package.train(config, "training.epochs=0")
    saved = read_weights(run / "checkpoints/epoch-0000/model.safetensors")
    np.testing.assert_array_equal(saved["head.0.weight"], session.probe.probe.weight.astype(np.float32))
    assert session.model.linear is not None
    assert torch.equal(session.model.linear.weight, saved["head.0.weight"])
    assert session.experiment.training.probe is True


def test_whether_features_are_kept_changes_nothing(config: Path) -> None:
    kept, computed = package.train(config), package.train(config, "data.cache=none")
    for name in ("checkpoints/epoch-0000/model.safetensors", "checkpoints/epoch-0002/model.safetensors"):
        if (kept / name).exists():
            assert (kept / name).read_bytes() == (computed / name).read_bytes()


def test_a_run_that_is_interrupted_ends_with_the_same_bits(ftcli: Command, config: Path) -> None:
    check_resumes(ftcli, config)


@pytest.mark.parametrize(("owner", "place"), [(CheckpointWriter, "save"), (runs_training.Training, "_go_on")])
def test_a_run_that_is_killed_before_its_first_step(
    ftcli: Command, config: Path, owner: type, place: str
) -> None:
    ftcli.ok("train", config, "output=whole")
    with pytest.MonkeyPatch.context() as patch:

        def kill(*_: Any) -> None:
            raise Interruption(9)

        patch.setattr(owner, place, kill)
        # A kill leaves what is there.
        patch.setattr(runs_training.Training, "abandon", lambda training: training.receipt.stop())
        assert ftcli("train", config, "output=killed").status == 137
    assert Path("killed/checkpoints/epoch-0000").exists() == (place == "_go_on")
    ftcli.ok("train", "--resume", "killed")
    whole, killed = files(Path("whole")), files(Path("killed"))
    same = [name for name in whole if name.endswith((".safetensors", "metrics.jsonl", "state.json"))]
    assert [name for name in same if whole[name] != killed[name]] == []
    ends = [summary(Path(run))["probe"] for run in ("whole", "killed")]
    assert ends[0] | {"seconds": 0} == ends[1] | {"seconds": 0}


@pytest.mark.parametrize("much", [False, True])
def test_steps_that_measure_begin_where_training_does(
    config: Path, monkeypatch: pytest.MonkeyPatch, much: bool
) -> None:
    monkeypatch.setattr("ftcli.config.defaults.facts.MUCH_TO_GAIN", 1e-9 if much else 1e9)
    session = before_a_step(prepare(load_experiment(config, names=NAMES)))
    assert isinstance(session.probe, Baseline)
    assert session.model.linear is not None
    assert bool(session.model.linear.weight.any()) is session.probe.starts is not much


def test_more_epochs_for_a_probe(ftcli: Command, config: Path) -> None:
    ftcli.ok("train", config, "training.epochs=0", "training.keep_state=true", "output=run")
    ftcli.ok("train", "--resume", "run", "training.epochs=1")
    assert summary(Path("run"))["epochs"] == 1


def test_a_reproduction_has_the_same_bits(ftcli: Command, config: Path) -> None:
    ftcli.ok("train", config, "output=run")
    assert "bit" in ftcli.ok("reproduce", "run")


def test_a_head_of_several_layers_has_a_baseline_only(config: Path) -> None:
    session = begun(config, "model.head.hidden=[4]")
    assert isinstance(session.probe, Baseline)
    assert not session.probe.starts
    assert session.probe.val is not None
    assert session.probe.val["accuracy"] == 1.0
    run = package.train(config, "model.head.hidden=[4]", "training.epochs=1")
    assert summary(run)["probe"]["kept"] is False
    assert not (run / "checkpoints/epoch-0000").exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [("training.probe=no", "training.probe is no"), ("model.weights=none", "the weights are random")],
)
def test_there_is_none_for_a_reason(config: Path, change: str, reason: str) -> None:
    session = begun(config, change)
    assert session.probe == Skipped(reason)
    assert session.experiment.training.probe is False
    with pytest.raises(ConfigError, match=rf"training\.epochs: 0 keeps the probe.*{reason}"):
        begun(config, change, "training.epochs=0")


def test_one_that_is_asked_for_and_cannot_be(workplace: Path, config: Path) -> None:
    data.class_folders(workplace / "single", ("blue", "red"), 1)
    with pytest.raises(ConfigError, match=r"training\.probe: there can be no probe: .*two examples"):
        begun(config, "data={source: single, val: none, image_size: 32}", "training.probe=yes")


def test_without_validation_the_head_starts_from_it_all_the_same(config: Path) -> None:
    run = package.train(config, "data={train: photos/train, val: none, image_size: 32}", "training.epochs=1")
    end = summary(run)
    assert end["best_epoch"] == 1
    assert end["probe"]["val"] == {}
    assert end["probe"]["held_out"]["accuracy"] > 0.9


def test_rare_classes_that_a_probe_misses_leave_much_to_gain(config: Path) -> None:
    """Nine in ten are blue: an accuracy of 0.9 says nothing."""
    data.split_folders(config.parent / "rare", {"train": 36, "val": 4}, ("blue",))
    for split in ("train", "val"):
        folder = config.parent / "rare" / split / "other"
        folder.mkdir()
        for number, image in enumerate(sorted((config.parent / "rare" / split / "blue").iterdir())[:4]):
            shutil.copy(image, folder / f"{number}.png")
    session = begun(config, "data={source: rare, image_size: 32}")
    assert isinstance(session.probe, Baseline)
    assert session.probe.held_out["accuracy"] > 0.8
    assert session.probe.held_out["f1_macro"] < 0.75
    assert not session.probe.starts


def test_numbers_and_several_labels(workplace: Path) -> None:
    folder = models.bert(workplace / "bert")
    data.table(workplace / "q.csv", data.quantities(24))
    path = workplace / "q.yaml"
    path.write_text(
        f"{{task: text-regression, data: {{train: q.csv, val: 0.25}}, model: {folder}, training: {{epochs: 0}}}}"
    )
    end = summary(package.train(path))
    assert end["probe"]["kept"]
    assert end["probe"]["held_out"].keys() >= {"mse", "r2"}


def test_a_large_split_is_sampled(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ftcli.runs.probing import probing

    monkeypatch.setattr(probing, "MOST_EXAMPLES", 12)
    session = begun(config)
    assert isinstance(session.probe, Baseline)
    assert session.probe.units == 12


def test_a_fit_that_would_take_long_is_left_out(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ftcli.runs.probing import probing

    monkeypatch.setattr(probing, "MOST_WORK", 1000)
    assert begun(config).probe == Skipped("3 outputs of 1,024 features take more than seconds to fit")
