"""A YAML text to an experiment or to its mistakes, with tables of a few names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ftcli.config.load import load_experiment
from ftcli.config.schema import Experiment
from ftcli.errors import ConfigError
from ftcli.registry import Registry


def table(kind: str, *names: str) -> Registry:
    return Registry(kind, dict.fromkeys(names, "nowhere:nothing"))


NAMES = {
    "task": table("task", "image-classification", "text-classification"),
    "freeze": table("freezing policy", "none", "backbone", "blocks", "patterns", "lp-ft", "gradual"),
    "loss": table("loss", "cross-entropy", "mse"),
    "optimizer": table("optimizer", "adam", "sgd"),
    "schedule": table("schedule", "cosine", "linear"),
}
SHORT = "task: image-classification\ndata: cifar10\nmodel: torchvision/resnet50\n"


def load(tmp_path: Path, text: str, overrides: Sequence[str] = ()) -> Experiment:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return load_experiment(path, overrides, NAMES)


def mistakes(tmp_path: Path, text: str, overrides: Sequence[str] = ()) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text, overrides)
    return str(caught.value).replace(f"{tmp_path}/", "").splitlines()
