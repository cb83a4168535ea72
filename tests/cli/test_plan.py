"""The plan: every choice that was made, and the parameters of each block."""

from __future__ import annotations

import json
from operator import attrgetter
from pathlib import Path

import pytest

from ftcli.cli.plan import in_yaml
from ftcli.config.load import load_experiment
from ftcli.config.schema import Part
from ftcli.config.training_keys import EarlyStop
from tests.running import Command
from tests.tiny import data as tiny_data


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Part("lp-ft", {"probe_epochs": 2}), "{name: lp-ft, probe_epochs: 2}"),
        (Part("none"), "none"),
        (EarlyStop(3), "{patience: 3}"),
        (True, "yes"),
        (1e-4, "0.0001"),
        (32, "32"),
    ],
)
def test_a_choice_is_a_few_words(value: object, words: str) -> None:
    assert in_yaml(value) == words


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("freeze", Part("lp-ft", {"probe_epochs": 2})),
        ("freeze", Part("none")),
        ("training.early_stop", False),
        ("training.early_stop", EarlyStop(3)),
        ("training.early_stop", EarlyStop(2, 0.5)),
        ("training.score_first", True),
        ("training.epochs", 12),
        ("training.clip", 0.0),
        ("training.metric", "accuracy"),
        ("data.classes", ("a", "no")),
        ("data.packing", False),
        ("data.delimiter", ";"),
        ("data.delimiter", "\t"),
    ],
    ids=str,
)
def test_what_the_plan_shows_can_be_typed(key: str, value: object, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("task: text-classification\ndata: a.csv\nmodel: gpt2\n")
    typed = load_experiment(tmp_path / "x.yaml", [f"{key}={in_yaml(value)}"])
    assert attrgetter(key)(typed) == value


def test_the_plan_has_the_data_the_choices_and_the_blocks(ftcli: Command, workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\nfreeze: backbone\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
    )
    asked, *lines = ftcli.ok("train", "x.yaml", "--dry-run", "--verbose").splitlines()
    assert asked == "opening the data and the model of x.yaml ..."
    assert lines[0].startswith("image-classification: ")
    assert lines[0].endswith("examples; 2 classes")
    rows = [line.split() for line in lines]
    assert ["block", "trainable", "frozen", "learning", "rate", "trains", "in"] in rows
    assert next(row for row in rows if row[:1] == ["head"])[2] == "0"
    assert next(row for row in rows if row[:1] == ["optimizer.name"])[1] == "adamw"
    assert lines[-1].startswith("dry run: one step, loss ")


def test_the_plan_alone_writes_nothing(ftcli: Command, workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, val: 0.5, image_size: 32}\noutput: run\n"
        "freeze: {name: lp-ft, probe_epochs: 1}\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 2, device: cpu}\n"
    )
    shown = ftcli.ok("train", "x.yaml", "--plan")
    assert "chosen for you:" in shown
    assert "dry run" not in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["epoch", "2"] in [row[4:] for row in rows if row[:1] == ["stage2"]]
    assert ["all", "epochs"] in [row[4:] for row in rows if row[:1] == ["head"]]
    assert sorted(one.name for one in workplace.iterdir()) == ["photos", "x.yaml"]


def test_findings_on_the_data_are_a_line_and_a_file_of_the_run(ftcli: Command, workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 6, "val": 4})
    (workplace / "x.yaml").write_text(
        "task: image-classification\ndata: {source: photos, image_size: 32}\nfreeze: backbone\noutput: run\n"
        "model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}\ntraining: {epochs: 1, device: cpu}\n"
    )
    expected = "data: 1 finding, the first: 8 images of val are also in train"
    assert expected in ftcli.ok("train", "x.yaml", "--dry-run").splitlines()
    whole = ftcli.ok("train", "x.yaml", "--plan")
    assert "\n  warning: 8 images of val are also in train: photos/train/" in whole
    # The notes do not say it again.
    assert whole.count("also in train") == 2
    assert "training split, too" not in whole
    assert f"{expected}; all: ftcli check run" in ftcli.ok("train", "x.yaml").splitlines()
    document = json.loads((workplace / "run/findings.json").read_text())
    assert document["version"] == 1
    (found,) = document["findings"]
    assert (found["kind"], found["count"], len(found["places"])) == ("same-input-in-two-splits", 8, 5)
    assert "8 images of val are also in train" in ftcli.ok("check", "run")
