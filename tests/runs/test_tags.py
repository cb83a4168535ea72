"""Tagging words from a YAML file to predictions, as a user walks it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.resuming import check_resumes
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny.tags import conll, tagged

CONFIG = """
task: token-classification
data: {source: words, batch_size: 4, max_length: 24}
model: bert
optimizer: {lr: 5e-3}
training: {epochs: 8, device: cpu, precision: fp32, seed: 1}
"""


@pytest.fixture
def words(workplace: Path) -> Path:
    for name, size in {"train.conll": 24, "dev.conll": 8, "test.conll": 4}.items():
        conll(workplace / "words" / name, tagged(size))
    tiny_models.bert(workplace / "bert")
    (workplace / "words.yaml").write_text(CONFIG)
    return workplace


def predicted(ftcli: Command, *arguments: object) -> list[dict[str, str]]:
    return list(csv.DictReader(ftcli.ok("predict", "--checkpoint", "runs/words", *arguments).splitlines()))


def test_from_yaml_to_predictions(ftcli: Command, words: Path, piped: Callable[[str], None]) -> None:
    shown = ftcli.ok("train", "words.yaml", "--verbose")
    run = words / "runs" / "words"
    assert "24 train, 8 val, 4 test examples; words with 5 tags" in shown
    assert "longer than data.max_length" not in shown
    shutil.rmtree(words / "bert")  # a run stands on its own
    summary = json.loads((run / "summary.json").read_text())
    assert summary["val"]["f1_micro"] > 0.9
    assert [row["class"] for row in summary["per_class"]["test"]] == ["person", "place"]
    for split in ("val", "test"):
        out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", split, "--json"))
        assert {figure: out[figure] for figure in summary[split]} == summary[split]
        assert out["per_class"] == summary["per_class"][split]
    out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", "words/dev.conll", "--json"))
    assert out["f1_micro"] == summary["val"]["f1_micro"]

    rows = predicted(ftcli, "--input", "words/test.conll")
    assert list(rows[0]) == ["id", "position", "word", "label", "probability"]
    assert [row["word"] for row in rows] == [word for sentence, _ in tagged(4) for word in sentence]
    true = [tag for _, tags in tagged(4) for tag in tags]
    right = sum(row["label"] == tag for row, tag in zip(rows, true, strict=True))
    assert right / len(true) == pytest.approx(summary["test"]["token_accuracy"])
    rows = predicted(ftcli, "the food in Paris was great.", "Bob")
    assert [(row["id"], row["position"], row["word"]) for row in rows[-2:]] == [
        ("the food in Paris was great.", "7", "."),
        ("Bob", "1", "Bob"),
    ]
    assert predicted(ftcli, "words/test.conll") == predicted(ftcli, "--input", "words/test.conll")
    piped("Bob\n\nAnn\n")
    result = ftcli("predict", run, "-")
    assert [row["id"] for row in csv.DictReader(result.out.splitlines())] == ["Bob", "Ann"]
    assert "note: nothing to label, and no row, in 1 of 3 examples" in result.err


def test_a_frozen_network_learns_from_lists(ftcli: Command, words: Path) -> None:
    numbers = {"O": 0, "B-person": 1, "I-person": 2, "B-place": 3, "I-place": 4}
    rows: list[dict[str, Any]] = [
        {"tokens": row, "ner_tags": [numbers[tag] for tag in tags]} for row, tags in tagged(24)
    ]
    tiny_data.parquet(words / "a.parquet", rows)
    keys = ["data.source=a.parquet", f"data.class_names=[{', '.join(numbers)}]", "data.classes=[place]"]
    shown = ftcli.ok("train", "words.yaml", "--verbose", *keys, "freeze=backbone", "data.val=0.25")
    assert "of the backbone, frozen in 8 of 8 epochs, kept:" in shown
    assert "words with 3 tags" in shown
    rows = predicted(ftcli, "--input", "a.parquet")
    assert {row["label"] for row in rows} <= {"O", "B-place", "I-place"}
    assert {row["label"] for row in predicted(ftcli, "--input", "a.parquet")} <= {"O", "B-place", "I-place"}


def test_cut_sentences_are_told_and_judged(ftcli: Command, words: Path) -> None:
    shown = ftcli.ok("train", "words.yaml", "--verbose", "data.max_length=6", "training.epochs=1")
    cut = "texts have more than 6 tokens (data.max_length): the words beyond get the tag O"
    assert f"note: train: 24 of 24 {cut}" in shown
    assert f"note: val: 8 of 8 {cut}" in shown
    assert f"note: test: 4 of 4 {cut}" in shown
    assert f"note: 8 of 8 {cut}" in ftcli.ok("eval", "--checkpoint", "runs/words")
    result = ftcli("predict", "--checkpoint", "runs/words", "a b c d e f g")
    assert f"note: 1 of 1 {cut}" in result.err
    assert result.out.splitlines()[-1] == "a b c d e f g,7,g,O,"


def test_a_run_goes_on_where_it_was(ftcli: Command, words: Path) -> None:
    check_resumes(ftcli, words / "words.yaml", "training.epochs=3")


def test_a_network_from_nothing_learns_tags(ftcli: Command, words: Path) -> None:
    sizes = "{hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16}"
    ftcli.ok("train", "words.yaml", f"model.config={sizes}", "training.epochs=1")
    assert (words / "runs/words/model/tokenizer.json").is_file()
    ftcli.ok("eval", "--checkpoint", "runs/words")


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("data.text_pair=word", "command line: data.text_pair: has no meaning here, as this task labels words"),
        ("data.augment=flip", "data.augment: is for images, and this task reads texts"),
        ("data.train=words/none.conll", "no such file or folder"),
        ("data.class_names=[O]", "label 'B-place' is not one of 0..0, the 1 names"),
        ("data.classes=[plaace]", "no training example has the class 'plaace'"),
        ("model=torchvision/resnet18", "torchvision/resnet18 takes images, and this task has texts"),
        ("model.pooling=mean", "model.pooling: has no meaning for this task"),
        ("loss=bce", "'bce' does not fit a tags target. These do: cross-entropy"),
        ("training.metric=f1", "no figure is called 'f1'"),
        ("generation.beams=3", "generation: has no meaning for token-classification"),
        ("data.max_length=2", "leaves no room beside the 2 special tokens"),
        ("data.max_length=100", "takes at most 64 tokens, not 100"),
    ],
)  # fmt: skip
def test_mistakes_are_answered(ftcli: Command, words: Path, override: str, answer: str) -> None:
    assert answer in ftcli.refused("train", "words.yaml", override)
