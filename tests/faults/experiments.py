"""The small runs that trials disturb, with all that a run can lose; and the result of a run as one value."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ftcli.runs.files.run_files import CARD, CURVES, REPORT
from tests.resuming import timeless
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

TIMES = ("cost", "seconds", "seconds_to_first_step", "ended")  # of a summary: what no two runs have in common

VISION = """\
task: image-classification
data:
  {{source: {data}/photos, image_size: 32, batch_size: 4, augment: standard, workers: 2, cache: {{folder: cache}}}}
model: {{backbone: torchvision/shufflenet_v2_x0_5, weights: none}}
optimizer: {{name: sgd, lr: 0.05}}
training:
  {{epochs: 3, early_stop: false, device: cpu, save_steps: 2, log_every: 1, precision: fp32, keep_state: true}}
output: run
"""
TEXT = """\
task: text-classification
data:
  {{train: {data}/reviews.csv, text: review, label: sentiment, val: 0.25, batch_size: 4, max_length: 12,
    cache: {{folder: cache}}}}
model: {data}/bert
optimizer: {{name: adamw, lr: 1e-3}}
training:
  {{epochs: 4, early_stop: false, device: cpu, save_steps: 3, log_every: 1, precision: fp32, keep_state: true}}
output: run
"""
ACCUMULATED = """\
task: image-classification
data: {{source: {data}/photos, image_size: 32, batch_size: 2, augment: flip, cache: {{folder: cache}}}}
model: {{backbone: torchvision/shufflenet_v2_x0_5, weights: none}}
optimizer: {{name: adamw, lr: 0.01}}
schedule: {{name: plateau, patience: 1}}
training:
  {{epochs: 12, accumulate: 4, ema: 0.9, early_stop: 2, device: cpu, save_steps: 1, log_every: 1, precision: fp32}}
output: run
"""
AVERAGED = TEXT.replace("save_steps: 3", "save_steps: 3, average_best: 3")


def photos(folder: Path) -> None:
    """Images of two colours, so that something is learned."""
    tiny_data.split_folders(folder / "photos", {"train": 11, "val": 4, "test": 2})


def reviews(folder: Path) -> None:
    """Texts, and a network with dropout."""
    rows = [{"review": row["text"], "sentiment": row["label"]} for row in tiny_data.reviews(32)]
    tiny_data.table(folder / "reviews.csv", rows)
    tiny_models.bert(folder / "bert")


EXPERIMENTS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "vision": (VISION, photos),
    "text": (TEXT, reviews),
    "accumulated": (ACCUMULATED, photos),
    "averaged": (AVERAGED, reviews),
    "two processes": (TEXT, reviews),
    "two processes, sharded": (TEXT, reviews),
}
PROCESSES = {"two processes": 2, "two processes, sharded": 2}


def prepare(folder: Path, name: str) -> Path:
    """The data of an experiment in `folder`, and its YAML."""
    folder.mkdir(parents=True)
    text, make = EXPERIMENTS[name]
    make(folder)
    path = folder / "x.yaml"
    path.write_text(text.format(data=folder))
    return path


def fingerprint(run: Path) -> dict[str, Any]:
    """All that a finished run has come to: its files by their hashes, and its figures."""
    found: dict[str, Any] = {}
    for path in sorted(run.rglob("*")):
        renamed = any(part.startswith("damaged-") for part in path.parts)
        if (
            path.is_dir()
            or renamed
            or path.name in ("log.txt", ".ftcli-lock", "environment.json", REPORT, CURVES, CARD)
        ):
            continue
        name = str(path.relative_to(run))
        if path.name == "summary.json":
            summary = json.loads(path.read_text())
            found[name] = {key: value for key, value in summary.items() if key not in TIMES}
            if "probe" in summary:
                found[name]["probe"] = summary["probe"] | {"seconds": None}
        else:
            found[name] = hashlib.sha256(timeless(path.name, path.read_bytes())).hexdigest()
    return found


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of the files in which two runs differ."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
