"""Training from Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import ftcli
from ftcli.config.load import load_experiment
from ftcli.errors import UserError
from ftcli.runs.names import NAMES
from tests.tiny import data as tiny_data

YAML = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 4}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 1, device: cpu, precision: fp32}
"""


@pytest.fixture
def photos(workplace: Path) -> Path:
    tiny_data.split_folders(workplace / "photos", {"train": 2, "val": 2})
    path = workplace / "photos.yaml"
    path.write_text(YAML)
    return path


def test_a_file_and_an_experiment_train_alike(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = ftcli.train(photos, "training.seed=3")
    second = ftcli.train(load_experiment(photos, ["training.seed=3", "output=second"], names=NAMES))
    assert capsys.readouterr() == ("", "")
    assert (first, second) == (Path("runs/photos"), Path("second"))
    figures = [json.loads((run / "summary.json").read_text())["val"] for run in (first, second)]
    assert figures[0] == figures[1]


def test_a_mistake_is_an_error_and_leaves_nothing(photos: Path) -> None:
    with pytest.raises(UserError, match=r"training\.epocs: no such key"):
        ftcli.train(photos, "training.epocs=2")
    (photos.parent / "photos" / "val" / "red" / "0.png").write_text("no image")
    with pytest.raises(UserError, match=r"0\.png"):
        ftcli.train(photos)
    assert not (photos.parent / "runs").exists()
