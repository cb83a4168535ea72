"""Tasks that write texts, from a YAML file to what they write."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from ftcli.errors import Interruption
from ftcli.runs import training as runs_training
from ftcli.training.reports import EpochReport
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import language_models as tiny_models
from tests.tiny import models as plain_models

NOTHING = """
task: translation
data:
  train: train.{en,de}
  val: 0.25
  batch_size: 4
  max_length: 24
model:
  backbone: marian
  config: {d_model: 32, encoder_layers: 1, decoder_layers: 1, encoder_attention_heads: 2,
           decoder_attention_heads: 2, encoder_ffn_dim: 32, decoder_ffn_dim: 32, dropout: 0.0}
  tokenizer: {kind: unigram, vocab_size: 60}
generation: {max_new_tokens: 12}
optimizer: {lr: 1e-2}
training: {epochs: 25, device: cpu, precision: fp32, early_stop: false, metric: loss}
"""
TABLE = """
task: {task}
data: {{train: pairs.csv, val: 0.25, batch_size: 4, max_length: 16, prefix: "summarize: "}}
model: {{backbone: model{languages}}}
generation: {generation}
training: {{epochs: 2, device: cpu, precision: fp32}}
"""


def words(size: int) -> list[tuple[str, str]]:
    """A language of four words, and another one with the same words in the other order."""
    names = (("red", "rot"), ("big", "gross"), ("dog", "Hund"), ("car", "Auto"))
    pairs = []
    for n in range(size):
        first, second = names[n % 2], names[2 + n // 2 % 2]
        pairs.append((f"a {first[0]} {second[0]}", f"{second[1]} {first[1]}"))
    return pairs


@pytest.fixture
def lines(workplace: Path) -> Path:
    for side, language in enumerate(("en", "de")):
        text = "".join(f"{pair[side]}\n" for pair in words(24))
        (workplace / f"train.{language}").write_text(text)
    (workplace / "x.yaml").write_text(NOTHING)
    return workplace


@pytest.fixture
def table(workplace: Path) -> Path:
    rows = [{"source": source, "target": target} for source, target in words(16)]
    tiny_data.table(workplace / "pairs.csv", rows)
    return workplace


def summary(run: Path) -> dict[str, Any]:
    return dict(json.loads((run / "summary.json").read_text()))


def labels(path: Path) -> list[str]:
    with path.open(newline="") as file:
        return [row["label"] for row in csv.DictReader(file)]


def test_a_translator_from_nothing_learns_two_files_of_lines(ftcli: Command, lines: Path) -> None:
    shown = ftcli.ok("train", "x.yaml", "--verbose")
    run = lines / "runs" / "x"
    figures = summary(run)["val"]
    assert "18 train, 6 val examples; texts to write" in shown
    assert {"loss", "bleu", "chrf", "rouge1", "rouge2", "rougeL"} == figures.keys()
    assert figures["rougeL"] > 0.9
    scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--json"))
    assert {name: scored[name] for name in figures} == figures  # to the last digit
    whole = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", "train.{en,de}", "--json"))
    assert whole["examples"] == 24
    (lines / "new.txt").write_text("a big car\na red dog\n")
    ftcli.ok("predict", "--checkpoint", run, "--input", "new.txt", "--output", "out.csv")
    assert labels(lines / "out.csv") == ["Auto gross", "Hund rot"]
    assert "a red dog,Hund rot" in ftcli.ok("predict", "--checkpoint", run, "a red dog")


def test_a_run_can_be_repeated_from_another_folder(
    ftcli: Command, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ftcli.ok("train", "x.yaml", "training.epochs=1")
    elsewhere = lines / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "../runs/x", "--json"))
    assert {name: scored[name] for name in summary(lines / "runs/x")["val"]} == summary(lines / "runs/x")[
        "val"
    ]


def test_a_run_that_was_interrupted_goes_on_to_the_same_end(
    ftcli: Command, lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = ("training.epochs=3", "model.config.dropout=0.1")
    ftcli.ok("train", "x.yaml", *short, "output=runs/whole")
    record = runs_training.Training._record

    def stop(self: Any, report: Any) -> None:
        record(self, report)
        if isinstance(report, EpochReport) and report.epoch == 2:
            raise Interruption(2)

    monkeypatch.setattr(runs_training.Training, "_record", stop)
    ftcli("train", "x.yaml", *short, "output=runs/parts")
    monkeypatch.setattr(runs_training.Training, "_record", record)
    ftcli.ok("train", "--resume", "runs/parts")
    assert summary(lines / "runs/parts")["val"] == summary(lines / "runs/whole")["val"]


@pytest.mark.parametrize(
    ("name", "task", "generation", "languages"),
    [
        ("t5", "summarization", "{beams: 2, length_penalty: 0.8}", ""),
        ("marian", "translation", "{max_new_tokens: 9}", ""),
        ("mbart", "translation", "{temperature: 0.7}", ", source_language: en_XX, target_language: ro_RO"),
    ],
)
def test_a_pre_trained_model_and_a_table(
    ftcli: Command, table: Path, name: str, task: str, generation: str, languages: str
) -> None:
    make = plain_models.t5 if name == "t5" else tiny_models.MODELS[name][1]
    make(table / "model")
    (table / "x.yaml").write_text(TABLE.format(task=task, generation=generation, languages=languages))
    shown = ftcli.ok("train", "x.yaml", "--verbose")
    assert "text from column 'source', target from column 'target'" in shown
    watched = "rougeL" if task == "summarization" else "bleu"
    assert re.search(rf"training\.metric +{watched}", shown)
    shutil.rmtree(table / "model")  # a run stands on its own
    run = table / "runs" / "x"
    scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--json"))
    figures = summary(run)["val"]
    assert {figure: scored[figure] for figure in figures} == figures
    ftcli.ok("predict", "--checkpoint", run, "--input", "pairs.csv", "--output", "out.csv")
    assert len(labels(table / "out.csv")) == 16
