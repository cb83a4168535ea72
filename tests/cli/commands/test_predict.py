"""Predictions on the screen. What they are is tested in tests/runs/test_predict.py."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.running import Command
from tests.tiny import data as tiny_data


def test_predictions_on_the_screen_cannot_steer_the_terminal(ftcli: Command, workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos", classes=("blue", "red\x1b[31m"), per_class=4)
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, image_size: 32, val: none}\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\n"
        "training: {epochs: 1, device: cpu}\n"
    )
    assert "\x1b" not in ftcli.ok("train", "x.yaml")
    image = next((workplace / "photos/blue").iterdir())
    shown = ftcli.ok("predict", "--checkpoint", "runs/x", image)
    assert "\x1b" not in shown
    rows = list(csv.DictReader(shown.splitlines()))
    assert rows[0]["id"] == str(image)
