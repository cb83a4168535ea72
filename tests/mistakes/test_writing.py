"""Mistakes in tasks that write texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mistakes.case import Case, Damage, each, edit, refused, together, write
from tests.running import Command
from tests.tiny import language_models
from tests.tiny import models as tiny_models

YAML = """\
task: translation
data:
  train: train.{en,de}
  val: 0.25
  batch_size: 2
  max_length: 16
model:
  backbone: t5
training:
  epochs: 1
  device: cpu
"""
TABLE = "train.{en,de}", "pairs.csv"


def rows(*lines: str) -> Damage:
    return write("pairs.csv", "".join(f"{line}\n" for line in lines))


CASES = [
    Case("different numbers of lines", ("train.en has 4 lines and train.de has 3",),
        damage=write("train.de", "a\nb\nc\n")),
    Case("one of two files is missing", ("x.yaml:3: data.train: no such file or folder", "train.fr"),
        "{en,de}", "{en,fr}"),
    Case("one file alone", ("x.yaml:3: data.train: train.de is not a table", "in quotes: 'train.{en,de}.gz'"),
        "{en,de}", "de"),
    Case("files without lines", ("train.{en,de} has no lines",),
        damage=together(write("train.en", ""), write("train.de", ""))),
    Case("another encoding", ("train.de:2: the text is not UTF-8",),
        damage=write("train.de", "a\nd\xfcnn\nc\nd\n".encode("latin-1"))),
    Case("a column for files of lines", ("data.target: has no meaning for train.{en,de} (files of lines)",),
        overrides=("data.target=de",)),
    Case("no such column", ("x.yaml:4: data.target: pairs.csv has no column 'ger'. Did you mean 'german'?",),
        *TABLE, damage=together(rows("english,german", "a,b"), edit("x.yaml", "val", "target: ger\n  val"))),
    Case("no column to write", ("pairs.csv looks like the target: name it. It has: a, b, c",), *TABLE,
        overrides=("data.text=a",), damage=rows("a,b,c", "1,2,3")),
    Case("a label for a text", ("data.label: is for classes, numbers and tags, and this task writes a text",),
        *TABLE, overrides=("data.label=b",), damage=rows("text,target", "a,b")),
    Case("classes for a text", ("data.per_class: is for classes, and this task writes a text",),
        overrides=("data.per_class=3",)),
    Case("a text to write for classes",
        ("data.target: is for texts to write, transcripts and language modelling, and",), *TABLE,
        overrides=("task=text-classification", "data.target=b"), damage=rows("text,label", "a,b", "b,c")),
    Case("a prefix for classes", ("data.prefix: is for texts to write, and this task predicts classes",),
        *TABLE, overrides=("task=text-classification", "data.prefix=x"), damage=rows("text,label", "a,b")),
    Case("a network that writes nothing", ("this task takes a network that writes one text from another",),
        overrides=("model.backbone=bert",)),
    Case("a head", ("command line: model.head: has no meaning for translation",), overrides=("model.head=mlp",)),
    Case("languages of a model that has none", ("model.source_language: this model has no codes",),
        overrides=("model.source_language=en",)),
    Case("no languages of a model that has some", ("model.source_language: is required",),
        overrides=("model.backbone=mbart",)),
    Case("random choices without a temperature", ("generation.top_k: is for random choices",),
        overrides=("generation.top_k=5",)),
    Case("a penalty for beams without beams", ("generation.length_penalty: is for a search with beams",),
        overrides=("generation.length_penalty=2.0",)),
    Case("more tokens at least than at most", ("generation.min_new_tokens: 9 is more than max_new_tokens (8)",),
        overrides=("generation.min_new_tokens=9", "generation.max_new_tokens=8")),
    Case("more tokens at least than a text has", ("generation.min_new_tokens: 99 is more than the 16 tokens",),
        overrides=("generation.min_new_tokens=99",)),
    Case("more tokens than a network has positions",
        ("generation.max_new_tokens: 99 is more than the 64 tokens that this network can write",),
        overrides=("model.backbone=marian", "generation.max_new_tokens=99")),
    Case("a metric of classes", ("no figure is called 'accuracy'", "There are: loss, bleu, chrf, rouge1"),
        overrides=("training.metric=accuracy",)),
    Case("a loss for classes", ("'bce' does not fit a text target. These do: cross-entropy",),
        overrides=("loss=bce",)),
    Case("weights of classes", ("loss.class_weights: has no meaning for a",),
        overrides=("loss={name: cross-entropy, class_weights: balanced}",)),
    Case("a probe of features", ("freeze: nothing trains in epoch 1, as this network has no new head",),
        overrides=("freeze=backbone",)),
    Case("a probe first", ("command line: freeze: nothing trains in epoch 1",),
        overrides=("freeze=lp-ft", "training.epochs=2")),
]  # fmt: skip


@pytest.fixture
def lines(workplace: Path) -> Path:
    (workplace / "train.en").write_text("a film\na dog\na car\na room\n")
    (workplace / "train.de").write_text("ein Film\nein Hund\nein Auto\nein Zimmer\n")
    tiny_models.t5(workplace / "t5")
    tiny_models.bert(workplace / "bert")
    language_models.mbart(workplace / "mbart")
    language_models.marian(workplace / "marian")
    return workplace


@each(CASES)
def test_mistakes_in_tasks_that_write(case: Case, ftcli: Command, lines: Path) -> None:
    case.write(YAML)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)
