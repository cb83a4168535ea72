"""A YAML file for data."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.running import Command
from tests.tiny import data as tiny_data


def test_init_writes_what_train_takes(ftcli: Command, workplace: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(12))
    assert "reviews.csv" in ftcli.ok("init", "reviews.csv")
    ftcli.ok("init", "reviews.csv", "--output", "x.yaml")
    written = yaml.safe_load((workplace / "x.yaml").read_text())
    assert written["task"] == "text-classification"
    assert (written["data"]["text"], written["data"]["label"]) == ("text", "label")
    assert "is there already" in ftcli.refused("init", "reviews.csv", "--output", "x.yaml")
    (workplace / "x.yaml").write_text("mine")
    ftcli.ok("init", "reviews.csv", "--output", "x.yaml", "--force")
    assert yaml.safe_load((workplace / "x.yaml").read_text()) == written
    found = json.loads(ftcli.ok("init", "reviews.csv", "--json"))
    assert (found["output"], found["experiment"]) == (None, written)
    assert found["yaml"] == ftcli.ok("init", "reviews.csv")
    (workplace / "x.yaml").unlink()
    assert json.loads(ftcli.ok("init", "reviews.csv", "--json", "--output", "x.yaml"))["output"] == "x.yaml"
    assert (workplace / "x.yaml").read_text() == found["yaml"]
    tiny_data.class_folders(workplace / "photos")
    ftcli.ok("init", "photos", "--output", "y.yaml")
    shown = ftcli.ok(
        "train", "y.yaml", "model=torchvision/shufflenet_v2_x0_5", "model.weights=none", "--dry-run"
    )
    assert "2 classes" in shown


def test_init_writes_what_is_asked_for(ftcli: Command, workplace: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(12))
    options = ["--task", "masked-language-modelling", "--model", "roberta-base"]
    written = yaml.safe_load(ftcli.ok("init", "reviews.csv", *options))
    assert (written["task"], written["model"]) == ("masked-language-modelling", "roberta-base")
    assert written["data"] == {"train": "reviews.csv", "text": "text"}
    assert yaml.safe_load(ftcli.ok("init", "digits"))["data"] == {"source": "digits"}
    assert "has no column 'lable'" in ftcli.refused("init", "reviews.csv", "--label", "lable")
