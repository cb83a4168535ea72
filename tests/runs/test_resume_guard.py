"""A run goes on as it began, or it is said why not."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ftcli.config.dump import dump_experiment, plain
from ftcli.config.generation import Generation
from ftcli.config.load import load_experiment
from ftcli.config.schema import Cache, Data, Experiment, Head, Model, Tokenizer
from ftcli.config.training_keys import EarlyStop, Training
from ftcli.contracts import Target
from ftcli.errors import RunError
from ftcli.runs.directory import RunDirectory
from ftcli.runs.resume_guard import load_to_resume
from tests.resuming import Stop, files
from tests.running import Command
from tests.tiny import data as tiny_data

SECTIONS: dict[str, type[Any]] = {
    "data": Data, "data.cache": Cache, "model": Model, "model.head": Head, "model.tokenizer": Tokenizer,
    "training": Training, "training.early_stop": EarlyStop, "generation": Generation,
}  # fmt: skip
BASE = """\
{task: image-classification, data: {source: photos, val: 0.5}, model: torchvision/resnet18, training: {epochs: 3}}
"""
BEGUN = """\
task: image-classification
data: {source: photos, batch_size: 4, image_size: 32, cache: none}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
training: {epochs: 3, device: cpu, precision: fp32, early_stop: false}
output: run
"""

# Every key of the schema, another value for it, and whether a run may go on with that.
FREE = {
    "data.source": "pictures", "data.train": "a.csv", "data.val": "0.3", "data.test": "0.2", "data.root": "there",
    "data.mask": "masks", "data.download": "false", "data.workers": "3", "data.cache.keep": "inputs",
    "data.keep": "[a]",
    "data.cache.folder": "c", "data.cache.limit_gb": "1.0", "training.epochs": "5", "training.device": "cpu",
    "training.time": "20m", "training.compile": "true", "training.shard": "true", "training.early_stop": "false",
    "training.early_stop.patience": "9", "training.early_stop.min_delta": "0.5", "training.save_every": "2",
    "training.save_steps": "7", "training.save_minutes": "1.0", "training.keep_state": "true",
    "training.log_every": "3", "training.tensorboard": "true", "training.trackers": "[mlflow]",
    "model.score_threshold": "0.9", "output": "elsewhere",
}  # fmt: skip
FIXED = {
    "task": "image-regression", "data.subset": "s", "data.split_seed": "7",
    "data.image": "i", "data.audio": "a", "data.speaker": "s",
    "data.pattern": "'{label}_{n}'", "data.text": "t", "data.text_pair": "p", "data.label": "l", "data.target": "t",
    "data.prefix": "p", "data.ignore_index": "3", "data.label_separator": "'|'",
    "data.sentence": "s", "data.context": "c", "data.chat": "true", "data.documents": "line", "data.columns": "[a, b]",
    "data.delimiter": "';'", "data.quoting": "false", "data.escape": "\\\\", "data.classes": "[a, b]",
    "data.class_names": "[a, b]", "data.per_class": "3", "data.batch_size": "9", "data.augment": "flip",
    "data.cache.views": "3", "data.image_size": "64", "data.max_length": "9", "data.max_tokens": "99",
    "data.packing": "true", "data.mask_probability": "0.3", "data.max_seconds": "2.0",
    "data.bad_files": "skip", "data.orientation": "stored", "data.missing_labels": "skip", "training.retries": "2",
    "model.backbone": "torchvision/resnet34", "model.weights": "none", "model.head.hidden": "[8]",
    "model.head.activation": "gelu", "model.head.dropout": "0.5", "model.config": "{a: 1}",
    "model.tokenizer.kind": "unigram", "model.tokenizer.vocab_size": "99", "model.tokenizer.lowercase": "true",
    "model.source_language": "de", "model.target_language": "fr", "model.vocoder": "v", "model.pooling": "cls",
    "model.detector": "fcos", "freeze": "backbone", "loss": "focal", "optimizer": "sgd", "schedule": "linear",
    "training.precision": "bf16", "training.seed": "7", "training.accumulate": "2", "training.micro_batch": "2",
    "training.ema": "0.9", "training.average_best": "3", "training.test_time_augment": "true",
    "training.probe": "true", "quality": "best",
    "training.clip": "0.5",  "training.score_first": "true", "training.metric": "f1_macro", "generation.beams": "3",
    "generation.max_new_tokens": "9", "generation.min_new_tokens": "1", "generation.length_penalty": "2.0",
    "generation.no_repeat_ngram": "2", "generation.repetition_penalty": "1.5", "generation.temperature": "0.5",
    "generation.top_k": "5", "generation.top_p": "0.5",
}  # fmt: skip

NEEDS = {  # keys that have a meaning only beside others
    "model.tokenizer": "model.config={a: 1}",
    "generation.length_penalty": "generation.beams=2",
    "generation.top": "generation.temperature=1.0",
}


def keys(cls: type[Any], around: str = "") -> Iterator[str]:
    """Every key that holds a value, of all sections."""
    for one in dataclasses.fields(cls):
        name = f"{around}{one.name}"
        if name in SECTIONS:
            yield from keys(SECTIONS[name], f"{name}.")
        if name not in SECTIONS or name == "training.early_stop":
            yield name


def test_every_key_has_a_verdict() -> None:
    assert sorted([*FREE, *FIXED]) == sorted(set(keys(Experiment)) - {"places"})


def begun(folder: Path, *overrides: str) -> RunDirectory:
    """The directory of a run whose experiment.yaml was edited since."""
    (folder / "base.yaml").write_text(BASE)
    base = load_experiment(folder / "base.yaml")
    (folder / "environment.json").write_text(json.dumps({"experiment": plain(base)}))
    edited = load_experiment(folder / "base.yaml", overrides)
    (folder / "experiment.yaml").write_text(dump_experiment(edited))
    return RunDirectory.existing(folder)


@pytest.mark.parametrize(("key", "value"), FREE.items(), ids=list(FREE))
def test_keys_that_may_change(tmp_path: Path, key: str, value: str) -> None:
    experiment, edits = load_to_resume(begun(tmp_path, f"{key}={value}"))
    assert any(edit.startswith((f"{key} was ", f"{key}.")) for edit in edits), edits
    assert plain(experiment) != json.loads((tmp_path / "environment.json").read_text())["experiment"]


@pytest.mark.parametrize(("key", "value"), FIXED.items(), ids=list(FIXED))
def test_keys_that_may_not(tmp_path: Path, key: str, value: str) -> None:
    others = [needed for start, needed in NEEDS.items() if key.startswith(start)]
    with pytest.raises(RunError) as refusal:
        load_to_resume(begun(tmp_path, f"{key}={value}", *others))
    lines = str(refusal.value).splitlines()
    assert any(f": {key}" in line and " was " in line and " and is " in line for line in lines), lines
    assert lines[0].startswith(f"{tmp_path / 'experiment.yaml'}:")


def test_what_judges_only_later_evaluations_says_so(tmp_path: Path) -> None:
    edits = load_to_resume(begun(tmp_path), ["training.early_stop={patience: 2, min_delta: 0.5}"])[1]
    assert (
        "training.early_stop.min_delta was left out and is 0.5, and judges the evaluations from here on"
        in edits
    )


def test_what_is_not_edited_goes_on(tmp_path: Path) -> None:
    directory = begun(tmp_path)
    assert load_to_resume(directory)[1] == []
    text = (tmp_path / "experiment.yaml").read_text().replace("epochs: 3", "epochs:   3  # three")
    (tmp_path / "experiment.yaml").write_text(text)
    assert load_to_resume(directory)[1] == []
    (tmp_path / "environment.json").unlink()  # of a run of an earlier version
    assert load_to_resume(directory)[1] == []


def test_a_key_that_is_newer_than_the_run_had_its_default(tmp_path: Path) -> None:
    directory = begun(tmp_path)
    environment = json.loads((tmp_path / "environment.json").read_text())
    del environment["experiment"]["data"]["bad_files"]
    (tmp_path / "environment.json").write_text(json.dumps(environment))
    assert load_to_resume(directory)[1] == []
    with pytest.raises(RunError, match=r'data.bad_files: was left out and is "skip"'):
        load_to_resume(directory, ["data.bad_files=skip"])


def test_a_policy_whose_phases_are_fixed_leaves_the_epochs_free(tmp_path: Path) -> None:
    base = BASE.replace("model:", "freeze: {name: lp-ft, probe_epochs: 1}, model:")
    (tmp_path / "base.yaml").write_text(base)
    (tmp_path / "environment.json").write_text(
        json.dumps({"experiment": plain(load_experiment(tmp_path / "base.yaml"))})
    )
    (tmp_path / "experiment.yaml").write_text(base)
    assert load_to_resume(RunDirectory.existing(tmp_path), ["training.epochs=4"])[1] == [
        "training.epochs was 3 and is 4"
    ]


@pytest.mark.parametrize("policy", ["lp-ft", "gradual"])
def test_a_policy_of_phases_fixes_the_number_of_epochs(tmp_path: Path, policy: str) -> None:
    base = BASE.replace("model:", f"freeze: {policy}, model:")
    (tmp_path / "base.yaml").write_text(base)
    experiment = load_experiment(tmp_path / "base.yaml")
    (tmp_path / "environment.json").write_text(json.dumps({"experiment": plain(experiment)}))
    (tmp_path / "experiment.yaml").write_text(base.replace("epochs: 3", "epochs: 4"))
    with pytest.raises(
        RunError, match=rf"training\.epochs: was 3 and is 4, on which freeze: {policy} depends"
    ):
        load_to_resume(RunDirectory.existing(tmp_path))


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with photos, and a run that was stopped after its first epoch."""
    folder = tmp_path_factory.mktemp("stopped")
    tiny_data.split_folders(folder / "photos", {"train": 4, "val": 2})
    (folder / "x.yaml").write_text(BEGUN)
    return folder


@pytest.fixture
def here(
    stopped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    if not (stopped / "run").exists():
        monkeypatch.chdir(stopped)
        with pytest.MonkeyPatch.context() as patch:
            Stop(patch, epoch=1)
            assert Command(monkeypatch, capsys)("train", "x.yaml").status == 130
    place = tmp_path / "here"
    shutil.copytree(stopped, place)
    text = (place / "run/experiment.yaml").read_text().replace(str(stopped), str(place))
    (place / "run/experiment.yaml").write_text(text)  # the data was moved with the run, which is allowed
    monkeypatch.chdir(place)
    return place


def edit(old: str, new: str) -> None:
    path = Path("run/experiment.yaml")
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edit_is_refused_or_obeyed(ftcli: Command, here: Path) -> None:
    before = files(here)
    edit("batch_size: 4", "batch_size: 2")
    said = ftcli.refused("train", "--resume", "run")
    assert "data.batch_size: was 4 and is 2" in said
    edit("batch_size: 2", "batch_size: 4")
    unlocked = {name: content for name, content in files(here).items() if ".ftcli-lock" not in name}
    assert unlocked == {name: content for name, content in before.items() if ".ftcli-lock" not in name}
    edit("epochs: 3", "epochs: 1")
    assert "At least 2 would be right" in ftcli.refused("train", "--resume", "run")
    edit("epochs: 1", "epochs: 2")
    shown = ftcli.ok("train", "--resume", "run")
    assert "training.epochs was 3 and is 2" in shown
    assert "data.source was" in shown
    assert json.loads((here / "run/summary.json").read_text())["epochs"] == 2


def _added(photos: Path) -> None:
    tiny_data.image(photos / "train/red/new.png", seed=9)


def _renamed(photos: Path) -> None:
    (photos / "train/red/0.png").rename(photos / "train/red/other.png")


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (_added, "1 added (red/new.png)"),
        (lambda photos: (photos / "train/blue/1.png").unlink(), "1 removed (blue/1.png)"),
        (_renamed, "1 added (red/other.png), 1 removed (red/0.png)"),
        (lambda photos: tiny_data.image(photos / "train/red/0.png", size=(9, 9)), "1 changed (red/0.png)"),
        (lambda photos: tiny_data.image(photos / "val/red/0.png", size=(9, 9)), "1 changed (red/0.png)"),
    ],
    ids=["added", "removed", "renamed", "changed", "changed in val"],
)
def test_other_data_is_refused_with_counts(
    ftcli: Command, here: Path, change: Callable[[Path], object], answer: str
) -> None:
    change(here / "photos")
    said = ftcli.refused("train", "--resume", "run")
    assert f"the data has changed since this run began, so it cannot go on: {answer}. Start a new run" in said


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        (lambda old: old[:-9], "bytes are not those that were there at the checkpoint"),
        (
            lambda old: old.replace(b"train_loss", b"TRAIN_LOSS"),
            "bytes are not those that were there at the checkpoint",
        ),
        (lambda old: old + b'{"step": 99', ""),
        (lambda old: None, "metrics.jsonl is gone; it begins again here"),
    ],
    ids=["cut", "edited", "with a tail", "gone"],
)
def test_metrics_before_the_checkpoint_are_those_that_were_written(
    ftcli: Command, here: Path, change: Callable[[bytes], bytes | None], answer: str
) -> None:
    """The tail, of steps that are taken again, goes; the rest is never changed without a word."""
    path = here / "run/metrics.jsonl"
    old = path.read_bytes()
    new = change(old)
    path.unlink()
    if new is not None:
        path.write_bytes(new)
    if new is not None and answer:
        assert answer in ftcli.refused("train", "--resume", "run")
        assert path.read_bytes() == new
        return
    assert answer in ftcli.ok("train", "--resume", "run")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["epoch"] for line in lines] == ([1, 2, 3] if new else [2, 3])
    assert path.read_bytes().startswith(old if new else b"")


def test_runs_that_start_together_have_directories_of_their_own(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 threads, for each of which all names look free when it chooses."""
    experiment = dataclasses.replace(load_experiment(here / "x.yaml"), output=None)
    chosen = [RunDirectory.choose(experiment, "x") for _ in range(20)]
    assert {str(one.path) for one in chosen} == {"runs/x"}

    def begin(directory: RunDirectory) -> str:
        with directory.created(experiment, Target("number"), {}):
            return str(directory.path)

    with ThreadPoolExecutor(20) as threads:
        made = list(threads.map(begin, chosen))
    assert sorted(made) == sorted(["runs/x", *(f"runs/x-{number}" for number in range(2, 21))])


@pytest.mark.parametrize("stop", ["all epochs are done", "has not improved"])
def test_a_finished_run_is_left_as_it_is(ftcli: Command, here: Path, stop: str) -> None:
    early = ("training.early_stop={patience: 1, min_delta: 100}",) if "improved" in stop else ()
    ftcli.ok("train", "x.yaml", "output=done", "training.epochs=3", *early)
    before = files(here / "done")
    shown = ftcli.ok("train", "--resume", "done")
    assert "is finished" in shown
    assert stop in shown
    assert files(here / "done") == before
