"""From a file and overrides to an experiment, and the mistakes on the way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.load import load_experiment
from ftcli.config.schema import Data, Head, Part
from ftcli.config.training_keys import EarlyStop
from tests.config.loading import SHORT, load, mistakes


def test_the_short_form(tmp_path: Path) -> None:
    experiment = load(tmp_path, SHORT)
    assert experiment.task == "image-classification"
    assert experiment.data == Data(source="cifar10")
    assert experiment.model.backbone == "torchvision/resnet50"
    assert experiment.model.head == Head()
    assert (experiment.freeze, experiment.loss, experiment.optimizer, experiment.schedule) == (None,) * 4
    assert experiment.places["data.source"] == f"{tmp_path}/x.yaml:2"


def test_the_long_form(tmp_path: Path) -> None:
    text = """
task: image-classification
data: {source: cifar10, batch_size: 64, classes: [0, 1, no, 010], label: 1, val: 0.1}
model:
  backbone: torchvision/resnet50
  weights: none
  head: {hidden: [1024], activation: relu}
freeze: backbone
loss: cross-entropy
optimizer: {name: adam, lr: 1e-3}
training: {epochs: 10.0, clip: 1, early_stop: {patience: 4}, device: cuda:1}
"""
    experiment = load(tmp_path, text)
    assert experiment.data.classes == ("0", "1", "no", "010")
    assert (experiment.data.label, experiment.data.val) == ("1", 0.1)
    assert experiment.model.weights == "none"
    assert experiment.model.head == Head(hidden=(1024,))
    assert experiment.freeze == Part("backbone")
    assert experiment.optimizer == Part("adam", {"lr": 1e-3})
    assert (experiment.training.epochs, experiment.training.clip) == (10, 1.0)
    assert experiment.training.early_stop == EarlyStop(patience=4)
    assert experiment.places["optimizer.lr"].endswith("x.yaml:10")


@pytest.mark.parametrize(
    ("overrides", "attribute", "value"),
    [
        (["training.epochs=3"], "training.epochs", 3),
        (["data.batch_size=4"], "data", Data(source="cifar10", batch_size=4)),
        (["data=folder"], "data", Data(source="folder")),
        (["data={train: a.csv, val: 0.1}"], "data", Data(train="a.csv", val=0.1)),
        (["optimizer=adam", "optimizer.lr=1e-4"], "optimizer", Part("adam", {"lr": 1e-4})),
        (["optimizer.lr=1e-4"], "optimizer", Part("auto", {"lr": 1e-4})),
        (["optimizer={name: sgd, lr: 1}", "optimizer.name=adam"], "optimizer", Part("adam", {"lr": 1})),
        (["optimizer={name: sgd, lr: 1}", "optimizer=adam"], "optimizer", Part("adam")),
        (["optimizer=adam", "optimizer=null"], "optimizer", None),
        (["model.head=mlp"], "model.head", Head(hidden=(512,))),
        (["model.head=mlp", "model.head.dropout=0.5"], "model.head", Head(hidden=(512,), dropout=0.5)),
        (["freeze=[a, 'b*']"], "freeze", Part("patterns", {"patterns": ("a", "b*")})),
        (["freeze=2", "freeze.count=3"], "freeze", Part("blocks", {"count": 3})),
        (["training.early_stop=5", "training.early_stop.patience=6"], "training.early_stop", EarlyStop(6)),
        (["training.time=90s"], "training.time", "90s"),
        (["training.time=90s", "training.time=none"], "training.time", None),
        (["data.delimiter=|"], "data.delimiter", "|"),
        (["data.delimiter=,"], "data.delimiter", ","),
        (["data.root=/a # b: c"], "data.root", "/a # b: c"),
        (["data.label=a=b"], "data.label", "a=b"),
        (["data.label='3'"], "data.label", "3"),
        (['data.classes=["x", 1]'], "data.classes", ("x", "1")),
    ],
)
def test_overrides(tmp_path: Path, overrides: list[str], attribute: str, value: Any) -> None:
    experiment = load(tmp_path, SHORT, overrides)
    found: Any = experiment
    for name in attribute.split("."):
        found = getattr(found, name)
    assert found == value
    assert value is None or experiment.places[overrides[-1].partition("=")[0]] == "command line"


def test_an_override_mends_the_file(tmp_path: Path) -> None:
    text = SHORT.replace("image-class", "imge-class") + "training: {epochs: x}\n"
    experiment = load(tmp_path, text, ["task=image-classification", "training.epochs=2"])
    assert experiment.training.epochs == 2


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ("training:\n  epocs: 10", "x.yaml:5: training.epocs: no such key. Did you mean 'epochs'?"),
        ("training: {sed: 1}", "x.yaml:4: training.sed: no such key. Did you mean 'seed' (0)?"),
        ("training: {xyz: 1}", "x.yaml:4: training.xyz: no such key. There are: epochs, device,"),
        ("epochs: 10", "x.yaml:4: epochs: no such key. It belongs at 'training.epochs'."),
        ("training: {batch_size: 1}", "x.yaml:4: training.batch_size: no such key. It belongs at 'data.batch_size'."),
        ("training: {lr: 1}", "x.yaml:4: training.lr: no such key. It belongs at 'optimizer.lr'."),
        ("traning: {epochs: 1}", "x.yaml:4: traning: no such key. Did you mean 'training'?"),
        ("places: {a: b}", "x.yaml:4: places: no such key."),
        ("training: {epochs: 1.5}", "x.yaml:4: training.epochs: should be a whole number, not 1.5"),
        ("training: {epochs: '3'}", "training.epochs: should be a whole number, not '3'; remove the quotes"),
        ("training: {epochs: yes}", "training.epochs: should be a whole number, not 'yes'"),
        ("training: {epochs: true}", "training.epochs: should be a whole number, not true"),
        ("training: {time: 90}", "such as 90s, 20m or 1h30m: 90 has no unit. 90s or 90m would be right"),
        ("training: {time: soon}", "training.time: should be a length of time, such as 90s, 20m or 1h30m, not 'soon'"),
        ("training: {time: -5m}", "training.time: should be a length of time, such as 90s, 20m or 1h30m, not '-5m'"),
        ("training: {time: 0}", "training.time: should be a length of time, such as 90s, 20m or 1h30m, not '0'"),
        ("training: {time: [1]}", "training.time: should be a string, not a list"),
        ("training: {epochs: -1}", "training.epochs: should be at least 0, not -1"),
        ("training: {epochs: -1e0}", "training.epochs: should be at least 0, not -1e0"),
        ("training: {epochs: [3]}", "training.epochs: should be a whole number, not a list"),
        ("training: {epochs: {a: 1}}", "training.epochs: should be a whole number, not a mapping"),
        ("training: {clip: .nan}", "training.clip: should be a finite number, not .nan"),
        ("training: {clip: .inf}", "training.clip: should be a finite number, not .inf"),
        ("training: {clip: 1e999}", "training.clip: should be a finite number, not 1e999"),
        ("training: {epochs: 1000000}", "training.epochs: should be at most 100000, not 1000000"),
        ("training: {ema: 1}", "training.ema: should be at most 0.99999, not 1"),
        ("training: {seed: }", "training.seed: should be a whole number, not empty"),
        ("training: {seed: 1e30}", "training.seed: should be less than 2^63, not 1e30"),
        ("training: {tensorboard: 'no'}", "training.tensorboard: should be true or false, not 'no'"),
        ("training: {tensorboard: never}", "training.tensorboard: should be true or false, not 'never'"),
        ("training: {precision: fp23}", "training.precision: should be one of auto, fp32, bf16, fp16, not 'fp23'."),
        ("training: {precision: [a]}", "training.precision: should be one of auto, fp32, bf16, fp16, not a list"),
        ("training: {device: gpu}", "training.device: should be auto, cpu, cuda, cuda:N (such as cuda:1) or mps"),
        ("training: {early_stop: 0}", "training.early_stop.patience: should be at least 1, not 0"),
        ("training: {early_stop: {patence: 1}}", "early_stop.patence: no such key. Did you mean 'patience' (3)?"),
        ("training: {early_stop: soon}", "training.early_stop: should be a patience, or a mapping with patience"),
        ("training:", "x.yaml:4: training: should be a mapping with epochs"),
        ("training: 10", "x.yaml:4: training: should be a mapping with epochs"),
        ("freeze: bakbone", "x.yaml:4: freeze: no freezing policy is called 'bakbone'. Did you mean 'backbone'?"),
        ("loss: {gamma: 2}", "x.yaml:4: loss: needs a 'name' beside gamma"),
        ("loss: {}", "x.yaml:4: loss: needs a 'name'"),
        ("loss: [mse]", "x.yaml:4: loss: should be a name, or a mapping with a name and its options, not a list"),
        ("loss: {name: auto, gamma: 2}", "x.yaml:4: loss: auto takes no options; give a name beside gamma"),
        ("optimizer: {name: [adam]}", "x.yaml:4: optimizer.name: should be a string, not a list"),
        ("optimizer: {name: admw, lr: 1}", "x.yaml:4: optimizer: no optimizer is called 'admw'. Did you mean 'adam'?"),
        ("schedule: {name: , x: 1}", "x.yaml:4: schedule.name: should be a string, not empty"),
        ("output: ''", "x.yaml:4: output: is an empty string"),
        ("output: [a]", "x.yaml:4: output: should be a string, not a list"),
        ("task: b", "x.yaml:4: task: given twice; the first is at x.yaml:1"),
    ],
)  # fmt: skip
def test_a_wrong_line_after_a_right_file(tmp_path: Path, line: str, mistake: str) -> None:
    found = mistakes(tmp_path, f"{SHORT}{line}\n")
    assert len(found) == 1
    assert mistake in found[0]


@pytest.mark.parametrize(
    ("head", "mistake"),
    [
        ("mpl", "should be linear, mlp, or a mapping with hidden, activation, dropout, not 'mpl'"),
        ("{hidden: 64}", "model.head.hidden: should be a list of whole numbers, not 64; write [64]"),
        ("{hidden: [64, 0]}", "model.head.hidden[1]: should be at least 1, not 0"),
        (
            "{activation: rel}",
            "model.head.activation: should be one of relu, gelu, silu, tanh, not 'rel'. Did you mean",
        ),
        ("{name: mlp}", "model.head.name: no such key. There are: hidden, activation, dropout"),
    ],
)
def test_wrong_heads(tmp_path: Path, head: str, mistake: str) -> None:
    found = mistakes(tmp_path, SHORT.replace("torchvision/resnet50", f"\n  backbone: gpt2\n  head: {head}"))
    assert len(found) == 1, found
    assert found[0].startswith("x.yaml:5: model.head")
    assert mistake in found[0]


@pytest.mark.parametrize(
    ("override", "mistake"),
    [
        ("training.epocs=3", "command line: training.epocs: no such key. Did you mean 'epochs'?"),
        ("training.epochs=three", "command line: training.epochs: should be a whole number, not 'three'"),
        ("training.epochs.x=3", "command line: training.epochs: should be a whole number, not a mapping"),
        ("foo.bar=3", "command line: foo: no such key. There are: task,"),
        ("training.epochs", "command line: training.epochs: needs a value: training.epochs=VALUE"),
        ("training.epochs=", "command line: training.epochs: needs a value"),
        ("=3", "command line: =3: should be key=value, such as training.epochs=3"),
        ("training..epochs=3", "command line: training..epochs=3: should be key=value"),
        ("data.classes=[a", "command line: data.classes: cannot be read as YAML"),
        ("data.classes=[a, *b]", "command line: data.classes: an alias (*b) is not supported"),
        ("data.label='\udcff'", "command line: data.label: the character U+DCFF cannot stand in YAML"),
        ("task=image", "command line: task: no task is called 'image'."),
        ("optimizer=sdg", "command line: optimizer: no optimizer is called 'sdg'. Did you mean 'sgd'?"),
    ],
)
def test_wrong_overrides(tmp_path: Path, override: str, mistake: str) -> None:
    found = mistakes(tmp_path, SHORT, [override])
    assert len(found) == 1, found
    assert mistake in found[0]


def test_every_mistake_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    lines = [
        "task: a",
        "data: {sorce: b}",
        "model: c",
        "training:",
        "  seed: x",
        *["# more"] * 5,
        "  epochs: -1",
    ]
    found = mistakes(tmp_path, "\n".join(lines), ["training.clip=-1"])
    assert [one.split(": ")[:2] for one in found] == [
        ["x.yaml:1", "task"],
        ["x.yaml:2", "data.sorce"],
        ["x.yaml:5", "training.seed"],
        ["x.yaml:11", "training.epochs"],
        ["command line", "training.clip"],
    ]


def test_names_are_not_checked_without_tables(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SHORT.replace("image-classification", "anything"))
    assert load_experiment(tmp_path / "x.yaml").task == "anything"


def test_loading_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'torchvision', 'transformers', 'PIL', 'jsonschema'}"
    code = f"import sys, ftcli.config.load, ftcli.config.json_schema; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
