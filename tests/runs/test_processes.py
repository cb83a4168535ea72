"""`--processes 2`: one run, with the figures of one process, and mistakes reported once."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.config.load import load_experiment
from ftcli.runs import more_epochs
from ftcli.runs.directory import RunDirectory
from ftcli.runs.inference.predictor import Predictor
from ftcli.runs.names import NAMES
from ftcli.runs.outcomes.of_run import write_run_outcomes
from tests.faults.zygote import Ended, Zygote
from tests.resuming import timeless
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models

TEXTS = """
task: text-classification
data: {train: reviews.csv, val: 0.4, batch_size: 3, max_length: 12, cache: {folder: cache}}
model: bert
freeze: FREEZE
training: {epochs: 3, device: cpu, precision: fp32, early_stop: false, log_every: 1, shard: SHARD}
output: run
"""
IMAGES = """
task: image-classification
data: {source: photos, image_size: 32, batch_size: 5, augment: none, cache: {folder: cache}}
model: {backbone: torchvision/shufflenet_v2_x0_5, weights: none}
freeze: backbone
training: {epochs: 2, device: cpu, precision: fp32, early_stop: false}
output: run
"""


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """Starts the processes of a training as torchrun does, but forks them from one that has imported torch."""
    with Zygote() as made:
        yield made


def launched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`ftcli train` in two processes of this machine, which its launcher starts."""
    return subprocess.run(
        [sys.executable, "-m", "ftcli", "train", *arguments, "--processes", "2"],
        cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def in_two(zygote: Zygote, folder: Path, *arguments: str) -> Ended:
    """`ftcli train` in two processes that find each other as those of the launcher do."""
    return zygote.together(folder, "train", *arguments, processes=2)


def summary(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "run/summary.json").read_text())
    return found


def check_scores(ftcli: Command, folder: Path, split: str) -> None:
    """The figures of a split are the very ones that one process finds for the same weights."""
    found = json.loads(ftcli.ok("eval", "--checkpoint", "run", "--data", split, "--json"))
    for name, value in summary(folder)[split].items():
        assert found[name] == value, name


def check_outcomes(folder: Path, split: str) -> None:
    """Each example has its line, in the order of the split, which follows from the figures of all."""
    with (folder / "run/predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["row"] for row in rows] == [str(index) for index in range(len(rows))]
    assert sum(float(row["score"]) for row in rows) / len(rows) == summary(folder)[split]["accuracy"]
    predictor = Predictor.open(folder / "run")
    before = (folder / "run/predictions.csv").read_bytes()
    write_run_outcomes(predictor)
    assert (folder / "run/predictions.csv").read_bytes() == before


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As many as each of the two processes has: sums are rounded the same way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("shard", ["false", "true"])
def test_texts_of_which_no_batch_can_be_halved(
    ftcli: Command, zygote: Zygote, workplace: Path, shard: str
) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(31))
    tiny_models.bert(workplace / "bert")
    freeze = "none" if shard == "true" else "{name: gradual, epochs_per_block: 1}"
    (workplace / "x.yaml").write_text(TEXTS.replace("FREEZE", freeze).replace("SHARD", shard))
    ended = in_two(zygote, workplace, "x.yaml")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.count("all 3 epochs are done") == 1
    check_scores(ftcli, workplace, "val")
    check_outcomes(workplace, "val")
    lines = [json.loads(line) for line in (workplace / "run/metrics.jsonl").read_text().splitlines()]
    assert [line["epoch"] for line in lines if "train_loss" in line] == [1, 2, 3]
    assert [line["step"] for line in lines if "loss" in line] == list(range(1, lines[-1]["step"] + 1))
    assert json.loads((workplace / "run/environment.json").read_text())["processes"] == 2


def test_images_whose_features_are_kept(ftcli: Command, workplace: Path) -> None:
    tiny_data.split_folders(workplace / "photos", {"train": 7, "val": 3, "test": 2})
    (workplace / "x.yaml").write_text(IMAGES)
    ended = launched(workplace, "x.yaml", "--verbose")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "frozen in 2 of 2 epochs, kept" in ended.stdout
    for split in ("val", "test"):
        check_scores(ftcli, workplace, split)
    check_outcomes(workplace, "test")


def test_a_finished_run_goes_on_in_two_as_one_that_was_started_so(zygote: Zygote, workplace: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(20))
    tiny_models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(TEXTS.replace("FREEZE", "none").replace("SHARD", "false"))
    given = ("x.yaml", "schedule=constant", "training.keep_state=true")
    for arguments in (
        (*given, "output=long"),
        (*given, "output=run", "training.epochs=2"),
        ("--resume", "run", "training.epochs=3"),
    ):
        ended = in_two(zygote, workplace, *arguments)
        assert (ended.status, ended.err) == (0, "")
    assert ended.out.count("resuming run after epoch 2") == 1
    assert ended.out.count("for more epochs: ftcli train --resume run training.epochs=6") == 1
    for name in (
        "metrics.jsonl",
        "checkpoints/epoch-0003/model.safetensors",
        "checkpoints/epoch-0003/state.json",
    ):
        ran, long = (
            timeless(Path(name).name, (workplace / run / name).read_bytes()) for run in ("run", "long")
        )
        assert ran == long, name
    more_epochs.remove_state(workplace / "run/checkpoints")
    ended = in_two(zygote, workplace, "--resume", "run", "training.epochs=9")
    assert (ended.status, len(ended.err.splitlines())) == (2, 1)
    assert ended.err.startswith("run cannot go on: its optimizer's state was removed")
    assert summary(workplace)["epochs"] == 3


def test_a_mistake_is_reported_once(ftcli: Command, workplace: Path) -> None:
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(8))
    tiny_models.bert(workplace / "bert")
    (workplace / "x.yaml").write_text(TEXTS.replace("FREEZE", "none").replace("SHARD", "false"))
    ended = launched(workplace, "x.yaml", "data.text=review")  # each process looks for the column
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert "review" in ended.stderr
    assert not (workplace / "run").exists()
    result = ftcli("train", "x.yaml", "training.epoch=2", "--processes", "2")  # no process has begun
    assert (result.status, "Did you mean" in result.err) == (2, True)


def test_the_run_of_a_launch_is_found_by_its_name(
    ftcli: Command, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that workers that torchrun has started again go on with their own run, and with no other."""
    tiny_data.split_folders(workplace / "photos", {"train": 4, "val": 2})
    (workplace / "x.yaml").write_text(IMAGES.replace("output: run\n", ""))
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "mine")
    ftcli.ok("train", "x.yaml", "training.epochs=1")
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "another")
    ftcli.ok("train", "x.yaml", "training.epochs=1")
    experiment = load_experiment(workplace / "x.yaml", (), names=NAMES)
    for name, run in (("mine", "runs/x"), ("another", "runs/x-2"), ("third", None)):
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", name)
        assert RunDirectory.of_launch(experiment, "x") == (run and Path(run))
    monkeypatch.delenv("TORCHELASTIC_RUN_ID")
    assert RunDirectory.of_launch(experiment, "x") is None
