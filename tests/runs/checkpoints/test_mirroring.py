"""Outputs that are averaged with those of mirror images: only where that is better, and in every use of the run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ftcli.errors import Interruption
from ftcli.runs.checkpoints import final, mirroring, naming, retention
from ftcli.runs.inference.predictor import Predictor
from tests.resuming import files
from tests.running import Command
from tests.tiny import data as tiny_data

YAML = """\
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none, augment: flip}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 2, test_time_augment: true, device: cpu, precision: fp32, early_stop: false}
output: run
"""


@pytest.fixture
def here(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 4, "val": 3, "test": 3})
    (workplace / "x.yaml").write_text(YAML)
    return workplace


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """With mirror images each figure is better, whatever it is."""
    asked: list[Any] = []

    def rank(figures: Any, plan: Any) -> tuple[int]:
        asked.append(figures)
        return (-len(asked),)

    monkeypatch.setattr(mirroring, "rank", rank)


def summary(run: str = "run") -> Any:
    return json.loads(Path(run, "summary.json").read_text())


@pytest.mark.usefixtures("better")
@pytest.mark.parametrize("freeze", ["none", "backbone"])
def test_every_use_averages_an_image_with_its_mirror_image(freeze: str, ftcli: Command, here: Path) -> None:
    shown = ftcli.ok("train", "x.yaml", f"freeze={freeze}")
    found = summary()
    assert found["test_time_augment"]["used"]
    assert "on each image and its mirror image" in shown
    assert retention.best(Path("run/checkpoints")).name == naming.AVERAGED
    for split in ("val", "test"):
        assert json.loads(ftcli.ok("eval", "run", "--data", split, "--json"))["loss"] == found[split]["loss"]
    predictor = Predictor.open("run")
    path = next(Path("photos/test").rglob("*.png"))
    mirrored = Path("mirrored.png")
    Image.fromarray(np.asarray(Image.open(path))[:, ::-1]).save(mirrored)
    one, other = predictor.predict([{"image": path}, {"image": mirrored}])
    assert one.scores == pytest.approx(other.scores, abs=1e-6)
    predictor.model.mirrored = False
    alone, turned = (predictor.predict([{"image": one}])[0] for one in (path, mirrored))
    logits = torch.tensor([[*each.scores.values()] for each in (alone, turned)]).log().mean(dim=0)
    assert [*one.scores.values()] == pytest.approx(logits.softmax(dim=0).tolist(), abs=1e-5)


def test_what_is_no_better_is_not_used(ftcli: Command, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirroring, "rank", lambda figures, plan: (0.0,))
    assert "mirror image" not in ftcli.ok("train", "x.yaml")
    assert summary()["test_time_augment"]["used"] is False
    assert not Path("run/checkpoints", naming.AVERAGED).exists()
    ftcli.ok("train", "x.yaml", "training.test_time_augment=false", "output=plain")
    assert summary()["test"] == summary("plain")["test"]
    assert summary("plain")["test_time_augment"] is None


@pytest.mark.usefixtures("better")
def test_a_kill_while_it_is_tried_changes_nothing(ftcli: Command, here: Path) -> None:
    options = ("training.average_best=2",)
    ftcli.ok("train", "x.yaml", *options, "output=whole")
    write = final.write

    def killed(*given: Any) -> None:
        write(*given)
        raise Interruption(15)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(final, "write", killed)
        assert ftcli("train", "x.yaml", *options, "output=halves").status == 143
    ftcli.ok("train", "--resume", "halves")
    whole, halves = files(Path("whole")), files(Path("halves"))
    tensors = [name for name in whole if name.endswith(".safetensors")]
    assert [name for name in tensors if whole[name] != halves[name]] == []
    assert summary("whole")["test"] == summary("halves")["test"]


@pytest.mark.usefixtures("better")
def test_more_epochs_try_it_again(ftcli: Command, here: Path) -> None:
    ftcli.ok("train", "x.yaml", "training.keep_state=true")
    ftcli.ok("train", "--resume", "run", "training.epochs=3")
    assert summary()["epochs"] == 3
    assert summary()["test_time_augment"]["used"]


@pytest.mark.usefixtures("better")
@pytest.mark.parametrize("name", ["onnx", "torch"])
def test_an_export_averages_too(name: str, ftcli: Command, here: Path) -> None:
    ftcli.ok("train", "x.yaml")
    ftcli.ok("export", "run", name)


@pytest.mark.usefixtures("better")
@pytest.mark.parametrize("name", ["hf", "safetensors"])
def test_what_a_network_alone_would_answer_is_not_exported(name: str, ftcli: Command, here: Path) -> None:
    ftcli.ok("train", "x.yaml")
    said = ftcli("export", "run", name)
    assert said.status == 2
    assert "training.test_time_augment=no" in said.err


def test_it_needs_whole_images_and_a_validation_split(ftcli: Command, here: Path) -> None:
    assert "training.test_time_augment: needs a" in ftcli.refused("train", "x.yaml", "data.val=none")
    tiny_data.table(here / "reviews.csv", tiny_data.reviews(12))
    (here / "t.yaml").write_text(
        "task: text-classification\n"
        "data: {train: reviews.csv, val: 0.25}\n"
        "model: {backbone: bert, config: {hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 1}}\n"
        "training: {test_time_augment: true}\n"
    )
    assert "t.yaml:4: training.test_time_augment: it averages" in ftcli.refused("train", "t.yaml")
