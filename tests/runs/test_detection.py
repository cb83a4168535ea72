"""Detection from a YAML file to pictures, as a user walks it."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from ftcli.models.pretrained.weights import read_weights
from tests.drawn import check_outcomes
from tests.resuming import check_resumes
from tests.running import Command
from tests.tiny.boxes import SIZE, coco, voc, yolo
from tests.tiny.data import class_folders
from tests.tiny.detectors import detr
from tests.tiny.models import bert
from tests.tiny.torchvision import small_networks

CONFIG = """
task: object-detection
data: {source: tiles, batch_size: 4, image_size: 64}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none, score_threshold: 0}
training: {epochs: 2, device: cpu, precision: fp32, seed: 1}
"""
BOTH = {"train": 8, "val": 4}


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """New detectors are narrow here."""
    with small_networks():
        yield


@pytest.fixture
def tiles(workplace: Path) -> Path:
    voc(workplace / "tiles", {**BOTH, "test": 2})
    (workplace / "tiles.yaml").write_text(CONFIG)
    return workplace


def test_from_yaml_to_pictures(ftcli: Command, tiles: Path) -> None:
    shown = ftcli.ok("train", "tiles.yaml", "--verbose")
    run = tiles / "runs" / "tiles"
    assert "8 train, 4 val, 2 test examples; boxes of 2 classes" in shown
    assert re.search(r"model.detector +faster-rcnn +learns from few images", shown)
    summary = json.loads((run / "summary.json").read_text())
    assert summary["val"].keys() == {"loss", "map", "map50", "map75"}
    assert [(row["class"], row["boxes"]) for row in summary["per_class"]["val"]] == [("blue", 4), ("red", 4)]
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert all("val_map" in line for line in lines if "train_loss" in line)
    for split in ("val", "test"):
        out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", split, "--json"))
        assert {figure: out[figure] for figure in summary[split]} == summary[split]
    image = tiles / "tiles/JPEGImages/200.png"
    shown = ftcli.ok("predict", "--checkpoint", run, image, "--output", "boxes.csv", "--save", tiles / "seen")
    assert "1 prediction in boxes.csv" in shown
    rows = list(csv.DictReader((tiles / "boxes.csv").read_text().splitlines()))
    assert {row["label"] for row in rows} <= {"blue", "red"}
    assert len(rows) > 1
    for row in rows:
        assert 0 <= float(row["left"]) < float(row["right"]) <= SIZE[0]
        assert 0 <= float(row["top"]) < float(row["bottom"]) <= SIZE[1]
    with Image.open(tiles / "seen" / "200.png") as picture:
        assert picture.size == SIZE


def test_the_worst_boxes_are_drawn_beside_the_true_ones(ftcli: Command, tiles: Path) -> None:
    ftcli.ok("train", "tiles.yaml", "training.epochs=1", "data.augment=none")
    check_outcomes(tiles / "runs/tiles", "map")


@pytest.mark.parametrize("kind", ["fcos", "retinanet", "ssd"])
def test_every_kind_and_layout_runs(ftcli: Command, workplace: Path, kind: str) -> None:
    {"fcos": coco, "retinanet": yolo, "ssd": voc}[kind](workplace / "tiles", BOTH)
    (workplace / "tiles.yaml").write_text(CONFIG)
    ftcli.ok("train", "tiles.yaml", f"model.detector={kind}", "training.epochs=1", "data.augment=none")
    ftcli.ok("eval", "--checkpoint", "runs/tiles")


def test_a_detector_of_hugging_face_runs(ftcli: Command, tiles: Path) -> None:
    detr(tiles / "detr")
    ftcli.ok("train", "tiles.yaml", "model={backbone: detr}", "training.epochs=1", "data.image_size=32")
    out = json.loads(ftcli.ok("eval", "--checkpoint", "runs/tiles", "--json"))
    summary = json.loads((tiles / "runs/tiles/summary.json").read_text())
    assert {figure: out[figure] for figure in summary["val"]} == summary["val"]


def test_a_frozen_backbone_stays(ftcli: Command, tiles: Path) -> None:
    shown = ftcli.ok(
        "train", "tiles.yaml", "--verbose", "freeze=backbone", "data.augment=none", "training.epochs=1"
    )
    assert "not kept: a network of this kind is not cut" in shown


def test_a_run_goes_on_where_it_was(ftcli: Command, tiles: Path) -> None:
    check_resumes(ftcli, tiles / "tiles.yaml")


def test_a_run_begins_with_another(ftcli: Command, tiles: Path) -> None:
    """With all of its weights but for what tells its classes, whether it is the backbone or its weights."""
    ftcli.ok("train", "tiles.yaml", "training.epochs=1", "model.detector=fcos")
    slow = (
        "training.epochs=1",
        "data.classes=[red]",
        "optimizer.lr=1e-9",
        "freeze={name: none, norm_statistics: keep}",
    )
    (checkpoint,) = (tiles / "runs/tiles/checkpoints").iterdir()
    ftcli.ok(
        "train", "tiles.yaml", f"model.weights={checkpoint}", "model.detector=fcos", "output=second", *slow
    )
    ftcli.ok("train", "tiles.yaml", "model={backbone: runs/tiles}", "output=third", *slow)
    first, *others = (
        read_weights(next((tiles / run / "checkpoints").iterdir()) / "model.safetensors")
        for run in ("runs/tiles", "second", "third")
    )
    for state in others:
        changed = {name for name, value in state.items() if value.shape != first[name].shape}
        assert changed
        assert all("cls_logits" in name for name in changed)
        rest = [name for name in state if "cls_logits" not in name]
        assert all(torch.allclose(state[name], first[name], atol=1e-6) for name in rest)


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("data.label=x", "command line: data.label: is for classes, numbers and tags"),
        ("data.classes=[green]", "no training example has the class 'green'"),
        ("data.source=folders", "no boxes were found. Known are COCO"),
        ("model.backbone=torchvision/fcos_resnet50", "Did you mean 'fcos_resnet50_fpn'?"),
        ("model.backbone=torchvision/fcos_resnet50_fpn", "is a whole detector already: leave it out"),
        ("model.backbone=torchvision/vit_b_16", "does not take images that are not square"),
        ("model.backbone=bert", "and this task has images"),
        (
            "model.detector=yolo",
            "model.detector: should be one of faster-rcnn, fcos, retinanet, ssd, not 'yolo'",
        ),
        ("model.head=mlp", "model.head: has no meaning for object-detection"),
        ("loss=focal", "'focal' does not fit a boxes target"),
        ("training.metric=accuracy", "no figure is called 'accuracy'"),
        ("generation.beams=3", "generation: has no meaning for object-detection"),
        ("model.score_threshold=2", "model.score_threshold"),
    ],
)
def test_mistakes_are_answered(ftcli: Command, tiles: Path, override: str, answer: str) -> None:
    class_folders(tiles / "folders")
    bert(tiles / "bert")
    assert answer in ftcli.refused("train", "tiles.yaml", "model.detector=fcos", override)


def test_keys_of_detection_are_for_detection(ftcli: Command, workplace: Path) -> None:
    class_folders(workplace / "photos", per_class=4)
    yaml = CONFIG.replace("object-detection", "image-classification").replace("tiles", "photos")
    (workplace / "photos.yaml").write_text(yaml)
    answer = ftcli.refused("train", "photos.yaml")
    assert "photos.yaml:4: model.score_threshold: has no meaning for this task: leave it out" in answer
