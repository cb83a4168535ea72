"""Keys that are left to measurements: accepted, and put to their usual values where nothing measures them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ftcli.config.load import load_experiment
from ftcli.config.measured import to_measure, with_usual
from ftcli.config.schema import Experiment
from ftcli.errors import ConfigError
from ftcli.runs.names import NAMES

BASE = "task: image-classification\ndata: photos\nmodel: torchvision/resnet18\n"


def loaded(folder: Path, *overrides: str, text: str = "") -> Experiment:
    (folder / "x.yaml").write_text(BASE + text)
    return load_experiment(folder / "x.yaml", overrides, NAMES)


@pytest.mark.parametrize(
    ("text", "overrides", "asked"),
    [
        ("", ["data.batch_size=auto"], {"data.batch_size"}),
        ("optimizer: {lr: find}", [], {"optimizer.lr"}),
        ("optimizer: {name: sgd, lr: find}", ["data.batch_size=auto"], {"data.batch_size", "optimizer.lr"}),
        ("optimizer: {lr: 1e-3}", ["data.batch_size=4"], set()),
        ("", [], set()),
    ],
)
def test_what_is_to_be_measured(tmp_path: Path, text: str, overrides: list[str], asked: set[str]) -> None:
    experiment = loaded(tmp_path, *overrides, text=text)
    assert to_measure(experiment) == asked
    assert to_measure(with_usual(experiment)) == set()


def test_what_is_left_out_leaves_the_rest(tmp_path: Path) -> None:
    usual = with_usual(loaded(tmp_path, text="optimizer: {name: sgd, lr: find, momentum: 0.5}"))
    assert usual.optimizer is not None
    assert (usual.optimizer.name, dict(usual.optimizer.options)) == ("sgd", {"momentum": 0.5})
    assert with_usual(loaded(tmp_path, text="optimizer: {lr: find}")).optimizer is None


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (
            ["data.batch_size=auot"],
            "data.batch_size: should be a whole number or auto, not 'auot'. Did you mean",
        ),
        (["data.batch_size=0"], "data.batch_size: should be at least 1, not 0"),
        (
            ["data.batch_size=auto", "training.micro_batch=4"],
            "training.micro_batch: is what data.batch_size: auto",
        ),
        (["optimizer={lr: find, backbone_lr: 1e-4}"], "optimizer.backbone_lr: optimizer.lr: find multiplies"),
    ],
)
def test_what_contradicts_is_a_mistake(tmp_path: Path, overrides: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        loaded(tmp_path, *overrides)
    assert words in str(refusal.value)
