"""Segmentation from a YAML file to pictures, as a user walks it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from ftcli.config.schema import Model
from ftcli.models.load import load_backbone
from ftcli.models.pretrained.weights import read_weights
from ftcli.models.request import Request
from tests.drawn import check_outcomes
from tests.resuming import check_resumes
from tests.running import Command
from tests.tiny.masks import landscape_splits
from tests.tiny.segmenters import SEGMENTERS

CONFIG = """
task: semantic-segmentation
data: {source: streets, class_names: [ground, sky], batch_size: 4, image_size: 32}
model: segmenter
freeze: none
optimizer: {lr: 5e-3}
training: {epochs: 6, device: cpu, precision: fp32, seed: 1}
"""


def pixels(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def streets(workplace: Path) -> Path:
    landscape_splits(workplace / "streets", {"train": 8, "val": 4, "test": 2})
    SEGMENTERS["segformer"](workplace / "segmenter")
    (workplace / "streets.yaml").write_text(CONFIG)
    return workplace


def test_from_yaml_to_pictures(ftcli: Command, streets: Path) -> None:
    shown = ftcli.ok("train", "streets.yaml", "--verbose")
    run = streets / "runs" / "streets"
    assert "8 train, 4 val, 2 test examples; pixels of 2 classes" in shown
    summary = json.loads((run / "summary.json").read_text())
    assert summary["val"]["miou"] > 0.7
    assert [row["class"] for row in summary["per_class"]["val"]] == ["ground", "sky"]
    assert sum(row["pixels"] for row in summary["per_class"]["val"]) == 4 * 39 * 32
    for split in ("val", "test"):
        out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", split, "--json"))
        assert {figure: out[figure] for figure in summary[split]} == summary[split]
    image = streets / "streets" / "test" / "200.png"
    shown = ftcli.ok(
        "predict", "--checkpoint", run, image, "--output", "shares.csv", "--save", streets / "seen"
    )
    assert "1 prediction in shares.csv" in shown
    rows = list(csv.DictReader((streets / "shares.csv").read_text().splitlines()))
    assert {row["label"] for row in rows} == {"ground", "sky"}
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1.0, abs=1e-5)
    mask, truth = pixels(streets / "seen" / "200.mask.png"), pixels(streets / "streets/testannot/200.png")
    assert mask.shape == truth.shape
    assert (mask == truth)[truth != 255].mean() > 0.85
    assert pixels(streets / "seen" / "200.png").shape == (32, 40, 3)


def test_the_worst_masks_are_drawn_beside_the_true_ones(ftcli: Command, streets: Path) -> None:
    ftcli.ok("train", "streets.yaml", "training.epochs=1")
    check_outcomes(streets / "runs/streets", "miou")
    found = json.loads((streets / "runs/streets/outcomes.json").read_text())
    assert found["confusion"]["classes"] == ["ground", "sky"]
    pixels_of_class = [sum(row) for row in found["confusion"]["counts"]]
    assert pixels_of_class == [row["pixels"] for row in found["per_class"]]


def test_they_are_drawn_by_the_best_weights_also_where_nothing_else_is_scored_at_the_end(
    ftcli: Command, streets: Path
) -> None:
    for folder in ("test", "testannot"):
        shutil.rmtree(streets / "streets" / folder)
    ftcli.ok("train", "streets.yaml", "training.epochs=4", "optimizer.lr=0.3", "training.early_stop=none")
    run = streets / "runs/streets"
    summary = json.loads((run / "summary.json").read_text())
    assert summary["best_epoch"] < summary["epochs"]
    check_outcomes(run, "miou")


def test_what_the_masks_told_stays_with_the_run(ftcli: Command, streets: Path) -> None:
    """Masks of 0 and 255: 255 is a class for eval and predict, too, and in the masks that are saved."""
    for path in streets.glob("streets/*annot/*.png"):
        Image.fromarray(np.where(pixels(path) == 1, 255, 0).astype(np.uint8)).save(path)
    shown = ftcli.ok("train", "streets.yaml", "--verbose")
    assert "255 is a class" in shown
    run = streets / "runs" / "streets"
    assert "ignore_index: none" in (run / "experiment.yaml").read_text()
    summary = json.loads((run / "summary.json").read_text())
    assert sum(row["pixels"] for row in summary["per_class"]["val"]) == 4 * 40 * 32
    other = json.loads(ftcli.ok("eval", run, "--data", streets / "streets", "--json"))
    assert other["miou"] == summary["test"]["miou"]
    ftcli.ok("predict", run, streets / "streets" / "test", "--save", streets / "seen")
    mask, truth = pixels(streets / "seen" / "200.mask.png"), pixels(streets / "streets/testannot/200.png")
    assert set(np.unique(mask)) == {0, 255}
    assert (mask == truth).mean() > 0.8
    assert (streets / "seen/classes.csv").read_text().splitlines() == ["value,class", "0,ground", "255,sky"]


def test_a_frozen_backbone_is_kept_and_stays(ftcli: Command, streets: Path) -> None:
    shown = ftcli.ok("train", "streets.yaml", "--verbose", "freeze=backbone", "data.augment=none")
    assert "of the backbone, frozen in 6 of 6 epochs, kept:" in shown
    request = Request(Model(backbone=str(streets / "segmenter")), "image", image_size=32)
    before = load_backbone("maps", request).module.state_dict()
    for folder in (streets / "runs/streets/checkpoints").iterdir():
        after = read_weights(folder / "model.safetensors")
        assert all(torch.equal(after[f"backbone.{name}"], value) for name, value in before.items())


def test_a_run_goes_on_where_it_was(ftcli: Command, streets: Path) -> None:
    check_resumes(ftcli, streets / "streets.yaml", "training.epochs=3")


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("data.label=x", "command line: data.label: is for classes, numbers and tags"),
        ("data.class_names=[ground]", "is not one of 0..0, the 1 names"),
        ("model=torchvision/resnet18", "torchvision has no network 'resnet18' for segmentation"),
        ("loss=bce", "'bce' does not fit a mask target"),
        ("training.metric=accuracy", "no figure is called 'accuracy'"),
        ("generation.beams=3", "generation: has no meaning for semantic-segmentation"),
        ("model.pooling=mean", "model.pooling: has no meaning for this task"),
        ("data.mask=gone", "data.mask: no such folder"),
    ],
)
def test_mistakes_are_answered(ftcli: Command, streets: Path, override: str, answer: str) -> None:
    assert answer in ftcli.refused("train", "streets.yaml", override)


def test_nothing_is_overwritten(ftcli: Command, streets: Path) -> None:
    ftcli.ok("train", "streets.yaml", "training.epochs=1")
    image = streets / "streets" / "test" / "200.png"
    answer = ftcli.refused("predict", "--checkpoint", "runs/streets", image, "--save", "streets")
    assert "--save: streets is there already, and not empty" in answer
