"""Detectors of transformers leave the tool, with the names of the user's classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoImageProcessor, AutoModelForObjectDetection, pipeline

from tests.running import Command
from tests.tiny.boxes import voc
from tests.tiny.detectors import detr

CONFIG = """
task: object-detection
data: {source: tiles, batch_size: 4, image_size: 64}
model: {backbone: detr, score_threshold: 0}
training: {epochs: 1, device: cpu, precision: fp32, seed: 1}
output: run
"""


def test_boxes_are_those_of_the_run(ftcli: Command, workplace: Path) -> None:
    """Compared with the run on all rows in a process without ftcli, by `export` itself."""
    torch.manual_seed(0)
    voc(workplace / "tiles", {"train": 6, "val": 3})
    detr(workplace / "detr")
    (workplace / "run.yaml").write_text(CONFIG)
    ftcli.ok("train", "run.yaml")
    document = json.loads(ftcli.ok("export", "run", "hf", "--json"))["exports"][0]
    assert document["parity"]["largest"] <= 1e-6
    assert document["parity"]["same_answers"] == 3
    folder = workplace / "run/export/hf"
    model = AutoModelForObjectDetection.from_pretrained(folder)
    assert model.config.id2label == {0: "blue", 1: "red"}
    # The pipeline itself resizes a little otherwise; its boxes are near.
    image = next((workplace / "tiles/JPEGImages").iterdir())
    found: Any = pipeline("object-detection", model=str(folder), threshold=0.0)(str(image))
    assert {one["label"] for one in found} <= {"blue", "red"}
    size = AutoImageProcessor.from_pretrained(folder).size
    assert (size["shortest_edge"], size["longest_edge"]) == (64, 96)
    assert all(0 <= one["score"] <= 1 for one in found)
    assert found


@pytest.mark.usefixtures("workplace")
def test_nothing_is_left_of_where_the_weights_came_from(ftcli: Command, workplace: Path) -> None:
    torch.manual_seed(0)
    voc(workplace / "tiles", {"train": 4, "val": 2})
    detr(workplace / "detr")
    (workplace / "run.yaml").write_text(CONFIG.replace("backbone: detr", f"backbone: {workplace}/detr"))
    ftcli.ok("train", "run.yaml")
    from ftcli.runs.inference.predictor import Predictor
    from ftcli.ship.huggingface.detectors import DetectorWriter
    from ftcli.ship.whole import in_float32

    (workplace / "hf").mkdir()
    DetectorWriter().pipeline(in_float32(Predictor.open("run")), workplace / "hf")
    assert not [
        file.name for file in (workplace / "hf").iterdir() if str(workplace).encode() in file.read_bytes()
    ]
