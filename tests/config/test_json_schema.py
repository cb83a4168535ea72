"""Editors accept what the loader accepts, and refuse what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import jsonschema
import pytest
import yaml

from ftcli.config.dump import dump_experiment
from ftcli.config.json_schema import json_schema
from ftcli.config.load import load_experiment


class Adam:
    def __init__(
        self, target: object, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999)
    ) -> None: ...


class Sgd:
    def __init__(self, momentum: float, lr: float | None = None) -> None: ...


def none() -> None: ...


def blocks(count: int) -> None: ...


def patterns(patterns: tuple[str, ...]) -> None: ...


def balanced(weights: Literal["balanced"] | Mapping[str, float] | None = None) -> None: ...


PARTS: dict[str, dict[str, Any]] = {
    "freeze": {"none": none, "blocks": blocks, "patterns": patterns},
    "loss": {"cross-entropy": balanced},
    "optimizer": {"adam": Adam, "sgd": Sgd},
    "schedule": {"cosine": none},
}
SCHEMA = json_schema(PARTS, ["text-classification", "image-classification"], reserved=("target",))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SHORT = "task: text-classification\ndata: a.csv\nmodel: gpt2\n"

GOOD = [
    "",
    "freeze: 3", "freeze: none", "freeze: auto", "freeze: [a, b]", "freeze: {name: blocks, count: 2}", "freeze: null",
    "loss: cross-entropy", "loss: {name: cross-entropy, weights: balanced}",
    "loss: {name: cross-entropy, weights: {a: 1, b: 2.5}}",
    "optimizer: adam", "optimizer: {name: adam, lr: 0.1, betas: [0.9, 0.95]}", "optimizer: {lr: 0.1}",
    "optimizer: {name: sgd, momentum: 0.9}", "optimizer: {name: auto, lr: 0.1}", "schedule: cosine",
    "training: {early_stop: 5}", "training: {early_stop: false}", "training: {early_stop: none}",
    "training: {early_stop: {patience: 2}}", "training: {tensorboard: yes}",
    "training: {trackers: mlflow}", "training: {trackers: [wandb, trackio]}", "training: {trackers: none}",
    "training: {epochs: 3, clip: 1, ema: 0.9, precision: bf16}", "output: 3",
]  # fmt: skip
BAD = [
    "trainig: {}", "epochs: 3", "training: {epocs: 3}", "training: {epochs: -1}", "training: {epochs: '3'}",
    "training: {precision: fp23}", "training: {early_stop: {patence: 2}}", "training: {early_stop: 0}",
    "training: {trackers: [mlfow]}", "training: {trackers: mlfow}",
    "training: [a]", "freeze: frozen", "freeze: {name: blocks, cont: 2}", "freeze: {name: blocks}",
    "freeze: {count: 2}",
    "loss: {name: cross-entropy, weights: balancd}", "optimizer: {name: adam, learning: 1}",
    "optimizer: {name: adam, target: 1}", "optimizer: {name: adam, betas: [1]}", "optimizer: {name: admw}",
    "places: {a: b}",
]  # fmt: skip


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["task"]["enum"] == ["image-classification", "text-classification"]
    assert "places" not in SCHEMA["properties"]


@pytest.mark.parametrize("line", GOOD)
def test_accepted_by_both(tmp_path: Path, line: str) -> None:
    (tmp_path / "x.yaml").write_text(SHORT + line)
    experiment = load_experiment(tmp_path / "x.yaml")
    VALIDATOR.validate(yaml.safe_load(SHORT + line))
    VALIDATOR.validate(yaml.safe_load(dump_experiment(experiment)))


@pytest.mark.parametrize("line", BAD)
def test_refused(line: str) -> None:
    assert not VALIDATOR.is_valid(yaml.safe_load(SHORT + line))


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (
            "{task: text-classification, data: {train: a, val: 0.1, classes: [0, a], label: 1}, model: b}",
            True,
        ),
        (
            "{task: text-classification, data: {train: a, val: none, test: b.csv}, model: {backbone: b, head: mlp}}",
            True,
        ),
        (
            "{task: text-classification, data: {source: a}, model: {backbone: b, head: {hidden: [3], dropout: 0}}}",
            True,
        ),
        ("{task: text-classification, data: {batch_size: 3}, model: b}", False),
        ("{task: text-classification, data: a, model: {weights: none}}", False),
        ("{task: text-classification, data: a, model: {backbone: b, head: {hidden: 3}}}", False),
        ("{task: text-classification, data: a, model: {backbone: b, head: mpl}}", False),
        ("{task: text-classfication, data: a, model: b}", False),
        ("{data: a, model: b}", False),
    ],
)
def test_data_and_model(text: str, valid: bool) -> None:
    assert VALIDATOR.is_valid(yaml.safe_load(text)) == valid


def test_every_key_says_what_it_is() -> None:
    def undescribed(schema: dict[str, Any], key: str) -> list[str]:
        found = []
        for name, child in schema.get("properties", {}).items():
            inner = [child, *child.get("anyOf", [])]
            found += [] if "description" in child else [f"{key}.{name}"]
            found += [one for each in inner for one in undescribed(each, name)]
        return found

    parts = {
        "name",
        "count",
        "patterns",
        "weights",
        "lr",
        "betas",
        "momentum",
    }  # options of parts come from signatures
    assert {one.rpartition(".")[2] for one in undescribed(SCHEMA, "")} <= parts
