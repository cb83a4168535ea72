"""The short forms of keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ftcli.config.schema import Head, Part
from ftcli.config.training_keys import EarlyStop
from tests.config.loading import SHORT, load


@pytest.mark.parametrize(
    ("line", "attribute", "value"),
    [
        ("freeze: none", "freeze", Part("none")),
        ("freeze: lp-ft", "freeze", Part("lp-ft")),
        ("freeze: 3", "freeze", Part("blocks", {"count": 3})),
        ("freeze: [stem, 1.10]", "freeze", Part("patterns", {"patterns": ("stem", 1.10)})),
        ("freeze: {name: gradual, epochs_per_block: 2}", "freeze", Part("gradual", {"epochs_per_block": 2})),
        ("freeze: auto", "freeze", None),
        ("freeze:", "freeze", None),
        ("loss: mse", "loss", Part("mse")),
        ("loss: auto", "loss", None),
        ("optimizer: auto", "optimizer", None),
        ("optimizer: {name: auto}", "optimizer", None),
        ("optimizer: {lr: 1e-4}", "optimizer", Part("auto", {"lr": 1e-4})),
        ("optimizer: {name: auto, lr: 1e-4}", "optimizer", Part("auto", {"lr": 1e-4})),
        ("optimizer: {name: sgd, betas: [1, [2]], a: {b: c}}", "optimizer",
         Part("sgd", {"betas": (1, (2,)), "a": {"b": "c"}})),
        ("schedule: {warmup: 0.1}", "schedule", Part("auto", {"warmup": 0.1})),
        ("schedule: cosine", "schedule", Part("cosine")),
        ("training: {early_stop: 5}", "training.early_stop", EarlyStop(patience=5)),
        ("training: {early_stop: false}", "training.early_stop", False),
        ("training: {early_stop: true}", "training.early_stop", EarlyStop()),
        ("training: {early_stop: none}", "training.early_stop", False),
        ("training: {early_stop: no}", "training.early_stop", False),
        ("training: {early_stop: Yes}", "training.early_stop", EarlyStop()),
        ("training: {tensorboard: on}", "training.tensorboard", True),
        ("training: {trackers: mlflow}", "training.trackers", ("mlflow",)),
        ("training: {trackers: [mlflow, wandb]}", "training.trackers", ("mlflow", "wandb")),
        ("training: {trackers: none}", "training.trackers", ()),
        ("training: {trackers: No}", "training.trackers", ()),
        ("training: {score_first: No}", "training.score_first", False),
        ("training: {early_stop: {min_delta: 0}}", "training.early_stop", EarlyStop(min_delta=0.0)),
        ("training: {seed: 1_000}", "training.seed", 1000),
        ("training: {metric: yes}", "training.metric", "yes"),
        ("output: 2024-01-01", "output", "2024-01-01"),
    ],
)  # fmt: skip
def test_forms_of_a_key(tmp_path: Path, line: str, attribute: str, value: Any) -> None:
    found: Any = load(tmp_path, f"{SHORT}{line}\n")
    for name in attribute.split("."):
        found = getattr(found, name)
    assert found == value


@pytest.mark.parametrize(
    ("head", "value"),
    [("linear", Head()), ("mlp", Head(hidden=(512,))), ("{hidden: [8, 4]}", Head(hidden=(8, 4)))],
)
def test_forms_of_the_head(tmp_path: Path, head: str, value: Head) -> None:
    text = SHORT.replace("torchvision/resnet50", f"{{backbone: gpt2, head: {head}}}")
    assert load(tmp_path, text).model.head == value


@pytest.mark.parametrize(
    ("val", "value"),
    [
        ("none", 0.0),
        ("0", 0.0),
        ("false", 0.0),
        ("0.2", 0.2),
        ("valid.csv", "valid.csv"),
        ("'0.2'", "0.2"),
        ("~", None),
    ],
)
def test_forms_of_a_split(tmp_path: Path, val: str, value: Any) -> None:
    text = SHORT.replace("cifar10", f"{{train: a.csv, val: {val}, test: {val}}}")
    data = load(tmp_path, text).data
    assert (data.val, data.test) == (value, value)
