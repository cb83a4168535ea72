"""All mistakes of an experiment at once, with those in parts and paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.errors import ConfigError
from ftcli.runs.experiment_checks import load_checked
from tests.running import Command

NINE = """\
task: image-classification
data:
  source: ./fotos
  batch_sise: 4
  augment: flipp
  class_names: names.txt
model: {backbone: ./net, weights: missing.pth}
freeze: {name: lp-ft, probe_epoch: 3}
loss: cross-entropi
optimizer: {lr: fast}
schedule: {name: cosine, flor: 0.1}
training: {epochs: ten}
"""
EXPECTED = [
    ("3", "data.source", "no such file or folder"),
    ("4", "data.batch_sise", "Did you mean 'batch_size'?"),
    ("5", "data.augment", "Did you mean 'flip'?"),
    ("6", "data.class_names", "no such file or folder"),
    ("7", "model.backbone", "./net: no such folder"),
    ("7", "model.weights", "missing.pth: no such file"),
    ("8", "freeze.probe_epoch", "Did you mean 'probe_epochs'?"),
    ("9", "loss", "Did you mean 'cross-entropy'?"),
    ("10", "optimizer.lr", "should be a number or find, not 'fast'"),
    ("11", "schedule.flor", "Did you mean 'floor'"),
    ("12", "training.epochs", "should be a whole number, not 'ten'"),
]


def test_every_mistake_is_named_with_its_line(workplace: Path) -> None:
    (workplace / "x.yaml").write_text(NINE)
    with pytest.raises(ConfigError) as caught:
        load_checked(Path("x.yaml"))
    found = [(one.place.rpartition(":")[2], one.key) for one in caught.value.mistakes]
    assert found == [(line, key) for line, key, _ in EXPECTED]
    for one, (*_, words) in zip(caught.value.mistakes, EXPECTED, strict=True):
        assert words in one.problem


@pytest.fixture
def offline_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """What --offline sets is unset again."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.setenv(name, "")


@pytest.mark.usefixtures("offline_after")
def test_a_source_that_may_be_an_id_is_among_them(ftcli: Command, workplace: Path) -> None:
    (workplace / "photos").mkdir()
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: fotos\nmodel: m\ntraining: {epochs: ten}\n"
    )
    answer = ftcli.refused("train", "x.yaml", "--offline")
    assert "x.yaml:2: data.source: no such file or folder" in answer
    assert "Did you mean 'photos'?" in answer
    assert "x.yaml:4: training.epochs" in answer


def test_overrides_in_several_words(ftcli: Command, workplace: Path) -> None:
    (workplace / "x.yaml").write_text("task: image-classification\ndata: ./photos\nmodel: m\n")
    answer = ftcli.refused("train", "x.yaml", "training.epochs", "=", "ten", "optimizer.lr=", "0.1")
    assert answer.splitlines()[1:] == ["command line: training.epochs: should be a whole number, not 'ten'"]
