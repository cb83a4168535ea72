"""An experiment, made ready to train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ftcli.config.load import load_experiment
from ftcli.config.schema import Cache, Data, Experiment, Model
from ftcli.data.findable import findable
from ftcli.errors import ConfigError
from ftcli.runs.names import NAMES
from ftcli.runs.session import prepare
from tests.tiny import data as tiny_data

YAML = """
task: image-classification
data: {source: photos, val: 0.25, image_size: 32, batch_size: 4}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {device: cpu, precision: fp32}
"""


def test_paths_that_exist_become_absolute_and_names_stay(workplace: Path) -> None:
    (workplace / "photos").mkdir()
    (workplace / "train.csv").touch()
    given = Experiment(
        task="x", data=Data(source="photos", train="train.csv"), model=Model("bert", weights="none")
    )
    found = findable(replace(given, data=replace(given.data, cache=Cache(folder="cache"))))
    assert found.data.source == str(workplace / "photos")
    # Beside a source it is the name of a split.
    assert found.data.train == "train.csv"
    assert found.data.cache.folder == str(workplace / "cache")
    assert (found.model.backbone, found.model.weights) == ("bert", "none")
    assert findable(replace(given, data=Data(source="digits"))).data.source == "digits"
    assert findable(replace(given, data=Data(train="train.csv"))).data.train == str(workplace / "train.csv")


def test_what_is_prepared_is_spelled_out_and_nothing_is_written(workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos", per_class=4)
    (workplace / "x.yaml").write_text(YAML)
    before = sorted(workplace.rglob("*"))
    session = prepare(load_experiment(workplace / "x.yaml", names=NAMES))
    assert sorted(workplace.rglob("*")) == before
    assert session.experiment.optimizer is not None
    assert session.experiment.training.epochs
    assert {choice.key for choice in session.choices} >= {"optimizer.name", "training.epochs"}
    assert len(session.splits.train) + len(session.splits.val or ()) == 8
    assert session.model.blocks[-1].name == "head"


def test_a_section_that_the_task_does_not_read_is_an_error(workplace: Path) -> None:
    tiny_data.class_folders(workplace / "photos")
    (workplace / "x.yaml").write_text(YAML + "generation: {beams: 2}\n")
    with pytest.raises(ConfigError, match="generation: has no meaning for image-classification"):
        prepare(load_experiment(workplace / "x.yaml", names=NAMES))
