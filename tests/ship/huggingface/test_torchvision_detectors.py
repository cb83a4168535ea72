"""Detectors of torchvision leave the tool: whole ones under its own names, new ones with what puts them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import load_file

from ftcli.errors import ExportError
from ftcli.models.detection import kinds, pyramid
from ftcli.runs.inference.predictor import Predictor
from ftcli.ship.huggingface.detectors import DetectorWriter
from ftcli.ship.scripts.huggingface import load_detector_own
from ftcli.ship.whole import in_float32
from tests.running import Command
from tests.tiny.boxes import voc
from tests.tiny.models import resnet

CONFIG = """
task: object-detection
data: {source: tiles, batch_size: 4, image_size: 64}
training: {epochs: 1, device: cpu, precision: fp32, seed: 1}
output: run
model: """


@pytest.fixture
def tiles(workplace: Path) -> Path:
    torch.manual_seed(0)
    voc(workplace / "tiles", {"train": 4, "val": 3})
    return workplace


def trained(ftcli: Command, model: str) -> Predictor:
    Path("run.yaml").write_text(CONFIG + model + "\n")
    ftcli.ok("train", "run.yaml")
    return in_float32(Predictor.open("run"))


def test_a_new_detector_is_put_together_from_its_files(ftcli: Command, tiles: Path) -> None:
    """Compared with the run on all rows in a process without ftcli, by `export` itself."""
    trained(ftcli, "{backbone: torchvision/shufflenet_v2_x0_5, weights: none, score_threshold: 0.02}")
    document = json.loads(ftcli.ok("export", "run", "hf", "--json"))["exports"][0]
    assert document["parity"]["largest"] <= 1e-6
    assert document["parity"]["same_answers"] == 3
    folder = tiles / "run/export/hf"
    assert {"kinds.py", "pyramid.py", "load.py", "config.json", "model.safetensors"} <= set(document["files"])
    # The names of the body are torchvision's.
    state = load_file(folder / "model.safetensors")
    body = {name.removeprefix("backbone.net.") for name in state if name.startswith("backbone.net.")}
    assert body <= set(torchvision.models.shufflenet_v2_x0_5(weights=None).state_dict())


@pytest.mark.parametrize("kind", ["fcos", "retinanet", "ssd"])
def test_every_kind_finds_its_weights(ftcli: Command, tiles: Path, kind: str) -> None:
    model = f"{{backbone: torchvision/shufflenet_v2_x0_5, weights: none, detector: {kind}}}"
    predictor = trained(ftcli, model)
    (tiles / "hf").mkdir()
    DetectorWriter().pipeline(predictor, tiles / "hf")
    config = json.loads((tiles / "hf/config.json").read_text())
    net = load_detector_own.made(config, kinds, pyramid)
    net.load_state_dict(load_file(tiles / "hf/model.safetensors"))
    assert config["classes"] == ["blue", "red"]


def test_a_whole_detector_has_torchvisions_names(ftcli: Command, tiles: Path) -> None:
    name = "ssdlite320_mobilenet_v3_large"
    Path("run.yaml").write_text(
        CONFIG.replace(", image_size: 64", "")
        + f"{{backbone: torchvision/{name}, weights: none}}\nfreeze: backbone\n"
    )
    ftcli.ok("train", "run.yaml")
    predictor = in_float32(Predictor.open("run"))
    (tiles / "hf").mkdir()
    DetectorWriter().pipeline(predictor, tiles / "hf")
    net: Any = torchvision.models.get_model(name, weights=None, weights_backbone=None, num_classes=3)
    net.load_state_dict(load_file(tiles / "hf/model.safetensors"))
    wanted = predictor.model.state_dict()
    assert torch.equal(
        net.backbone.features[0][0][0].weight, wanted["backbone.backbone.features.0.0.0.weight"]
    )


def test_one_on_a_network_of_transformers_is_refused(ftcli: Command, tiles: Path) -> None:
    resnet(tiles / "resnet")
    predictor = trained(ftcli, "resnet")
    with pytest.raises(
        ExportError, match=r"FasterRCNN on a network of transformers .* export it as torch or onnx"
    ):
        DetectorWriter().pipeline(predictor, tiles)
