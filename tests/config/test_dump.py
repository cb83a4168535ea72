"""What is dumped loads to the same experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ftcli.config.dump import dump_changed, dump_experiment
from ftcli.config.load import load_experiment
from ftcli.config.schema import Data, Experiment, Head, Model, Part
from ftcli.config.training_keys import EarlyStop, Training

TRICKY = (
    "no", "1e-4", "010", "09", "0o17", "1_000", "~", "null", "true", ".5", "1.", "2024-01-01", "12:30", "*", "&a", "!t",
    "-", "a: b", "a #b", "[x]", "'q'", '"', "<<", "=", "|", "\t", "a\nb", " x ", "\x85", "\u2028", "\ufeff", "日本語",
    "😀", "%", "x" * 300, ".inf", "0x1F", "1e999", "a\\b",
)  # fmt: skip


def again(tmp_path: Path, experiment: Experiment) -> Experiment:
    path = tmp_path / "x.yaml"
    path.write_text(dump_experiment(experiment), encoding="utf-8")
    return load_experiment(path)


def experiment(**keys: Any) -> Experiment:
    given = {"task": "t", "data": Data(source="s"), "model": Model(backbone="b"), **keys}
    return Experiment(**given)


@pytest.mark.parametrize(
    "one",
    [
        experiment(),
        experiment(data=Data(train="a.csv", val=0.1, test=0.0, label="label", batch_size=4, download=False)),
        experiment(model=Model("gpt2", "none", Head((64, 32), "gelu", 0.1), pooling="last")),
        experiment(freeze=Part("patterns", {"patterns": ("a.*", "1e-4", "3")}), loss=Part("mse")),
        experiment(
            optimizer=Part("adam", {"lr": 1e-4, "betas": (0.9, 1e-05), "deep": {"a": (1, ("b", None))}})
        ),
        experiment(
            optimizer=Part("auto", {"lr": 1e-300}), schedule=Part("step", {"every": 10**12, "on": True})
        ),
        experiment(training=Training(epochs=3, clip=1.0, ema=0.9999, early_stop=EarlyStop(7, 1e-3), seed=5)),
        experiment(training=Training(early_stop=False), output="runs/x"),
        experiment(data=Data(source="s", val=1 / 3)),
    ],
)
def test_round_trip(tmp_path: Path, one: Experiment) -> None:
    assert again(tmp_path, one) == one
    short = tmp_path / "short.yaml"
    short.write_text(dump_changed(one), encoding="utf-8")
    assert load_experiment(short) == one


def test_what_is_as_by_default_can_be_left_out() -> None:
    one = experiment(training=Training(seed=3), data=Data(source="s", download=True))
    assert dump_changed(one) == "task: t\ndata:\n  source: s\nmodel:\n  backbone: b\ntraining:\n  seed: 3\n"


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_texts_survive(tmp_path: Path, text: str) -> None:
    one = experiment(
        data=Data(source="s", label=text, classes=(text, "x")), loss=Part("l", {"a": text, text: "b"})
    )
    assert again(tmp_path, one) == one


def test_the_numbers_of_options_keep_their_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("task: t\ndata: s\nmodel: b\nfreeze: [010, 09, 0o17, 0x1F, 1.10, 1e-4, 1.]\n")
    text = dump_experiment(load_experiment(path))
    assert "patterns: [010, 09, 0o17, 0x1F, 1.10, 1e-4, 1.]" in text


def test_the_text_is_readable_and_any_yaml_reader_agrees() -> None:
    one = experiment(optimizer=Part("adam", {"lr": 1e-5}), model=Model("b", head=Head((8, 4))))
    text = dump_experiment(one)
    assert text.startswith("task: t\ndata:\n  source: s\n")
    assert "    hidden: [8, 4]\n" in text
    assert "optimizer:\n  name: adam\n  lr: 1.0e-05\n" in text
    assert "null" not in text
    assert "places" not in text
    assert yaml.safe_load(text)["optimizer"] == {"name": "adam", "lr": 1e-5}
