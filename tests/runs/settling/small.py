"""A small experiment that keys are found for."""

from __future__ import annotations

from pathlib import Path

from ftcli.config.schema import Experiment
from ftcli.runs.experiment_checks import load_checked
from tests.tiny import data as tiny_data

YAML = """
task: image-classification
data: {source: PHOTOS, image_size: 32, cache: none, augment: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: {name: none, norm_statistics: keep}
training: {epochs: 2, device: cpu, precision: fp32}
"""


def small(folder: Path, *overrides: str) -> Experiment:
    """An experiment on 12 images of two colours, whose batch norms keep their statistics."""
    if not (folder / "photos").exists():
        tiny_data.split_folders(folder / "photos", {"train": 6, "val": 2})
        (folder / "x.yaml").write_text(YAML.replace("PHOTOS", str(folder / "photos")))
    return load_checked(folder / "x.yaml", overrides)
