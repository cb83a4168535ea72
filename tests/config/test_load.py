"""From a file and overrides to an experiment, and the mistakes on the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.load import load_experiment
from ftcli.config.schema import Data, EarlyStop, Experiment, Head, Part
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
        ("training: {epochs: 0}", "training.epochs: should be at least 1, not 0"),
        ("training: {epochs: -1e0}", "training.epochs: should be at least 1, not -1e0"),
        ("training: {epochs: [3]}", "training.epochs: should be a whole number, not a list"),
        ("training: {epochs: {a: 1}}", "training.epochs: should be a whole number, not a mapping"),
        ("training: {clip: .nan}", "training.clip: should be a finite number, not .nan"),
        ("training: {clip: .inf}", "training.clip: should be a finite number, not .inf"),
        ("training: {clip: 1e999}", "training.clip: should be a finite number, not 1e999"),
        ("training: {ema: 1}", "training.ema: should be at most 0.99999, not 1"),
        ("training: {seed: }", "training.seed: should be a whole number, not empty"),
        ("training: {seed: 1e30}", "training.seed: should be less than 2^63, not 1e30"),
        ("training: {tensorboard: no}", "training.tensorboard: should be true or false, not 'no'"),
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
    ("data", "mistake"),
    [
        ("{batch_size: 1}", "x.yaml:2: data: needs source or train: where the examples are"),
        ("[a]", "x.yaml:2: data: should be a source, or a mapping with source, train"),
        ("", "x.yaml:2: data: should be a source, or a mapping"),
        ("{source: }", "x.yaml:2: data: needs source or train"),
        ("{sorce: a}", "x.yaml:2: data.sorce: no such key. Did you mean 'source'?"),
        ("{train: a, val: 1}", "x.yaml:2: data.val: a fraction is between 0 and 1, not 1"),
        ("{train: a, test: -0.1}", "x.yaml:2: data.test: a fraction is between 0 and 1, not -0.1"),
        ("{train: a, val: 0.5, test: 0.5}", "data.test: val (0.5) and test (0.5) together leave nothing"),
        ("{train: a, val: [b]}", "data.val: should be a string or a number, not a list"),
        ("{train: a, classes: cat}", "data.classes: should be a list of strings, not 'cat'; write [cat]"),
        ("{train: a, classes: []}", "data.classes: is an empty list"),
        ("{train: a, classes: [a, b, a]}", "data.classes: names 'a' more than once"),
        ("{train: a, classes: [a, [b]]}", "x.yaml:2: data.classes[1]: should be a string, not a list"),
        ("{train: a, classes: [null]}", "data.classes[0]: should be a string, not null"),
        (
            "{train: a, augment: flips}",
            "data.augment: should be one of none, light, flip, standard, not 'flips'.",
        ),
        ("{train: a, batch_size: 0}", "data.batch_size: should be at least 1, not 0"),
    ],
)
def test_wrong_data(tmp_path: Path, data: str, mistake: str) -> None:
    found = mistakes(tmp_path, SHORT.replace("cifar10", data))
    assert len(found) == 1, found
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


def test_what_is_required(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "model: {weights: none}") == [
        "x.yaml:1: data: is required: a source, such as a folder, or a mapping with source or train",
        "x.yaml:1: model.backbone: is required: torchvision/NAME, or a Hugging Face id or folder",
        "x.yaml:1: task: is required: one of image-classification, text-classification",
    ]


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
        "  epochs: 0",
    ]
    found = mistakes(tmp_path, "\n".join(lines), ["training.clip=-1"])
    assert [one.split(": ")[:2] for one in found] == [
        ["x.yaml:1", "task"], ["x.yaml:2", "data.sorce"], ["x.yaml:5", "training.seed"],
        ["x.yaml:11", "training.epochs"], ["command line", "training.clip"],
    ]  # fmt: skip


def test_names_are_not_checked_without_tables(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(SHORT.replace("image-classification", "anything"))
    assert load_experiment(tmp_path / "x.yaml").task == "anything"


def test_loading_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'numpy', 'torchvision', 'transformers', 'PIL', 'jsonschema'}"
    code = f"import sys, ftcli.config.load, ftcli.config.json_schema; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
