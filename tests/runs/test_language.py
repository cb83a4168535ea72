"""Language models from a YAML file to texts; and pre-training, then fine-tuning, in two commands."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.models.pretrained.weights import read_weights
from tests.resuming import check_resumes
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import language_models, models
from tests.tiny.prose import lines, paragraphs

CAUSAL = """
task: causal-language-modelling
data: {train: tales.txt, val: 0.25, max_length: 16, batch_size: 4}
model: gpt2
optimizer: {lr: 5e-3}
generation: {max_new_tokens: 4}
training: {epochs: 6, device: cpu, precision: fp32}
"""
MASKED = """
task: masked-language-modelling
data: {train: tales.txt, val: 0.25, max_length: 16, batch_size: 4}
model:
  backbone: bert
  config: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 48}
  tokenizer: {kind: wordpiece, vocab_size: 120, lowercase: true}
optimizer: {lr: 5e-3}
training: {epochs: 4, device: cpu, precision: fp32}
output: runs/pretrain
"""
CLASSIFY = """
task: text-classification
data: {train: reviews.csv, val: 0.25, batch_size: 4, max_length: 16}
model: {backbone: runs/pretrain}
training: {epochs: 1, device: cpu, precision: fp32}
"""


@pytest.fixture
def tales(workplace: Path) -> Path:
    torch.manual_seed(0)  # what is learned must not depend on the tests before
    lines(workplace / "tales.txt")
    models.gpt2(workplace / "gpt2")
    language_models.llama(workplace / "llama")
    for name, text in {"causal": CAUSAL, "masked": MASKED, "classify": CLASSIFY}.items():
        (workplace / f"{name}.yaml").write_text(text)
    tiny_data.table(workplace / "reviews.csv", tiny_data.reviews(24))
    rows = [{"question": f"what is {n} ?", "answer": f"it is {n % 3}"} for n in range(24)]
    tiny_data.jsonl(workplace / "answers.jsonl", rows)
    return workplace


def metrics(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


def scored_alike(ftcli: Command, run: Path) -> dict[str, float]:
    """The figures of validation, which `eval` gives as well."""
    summary: dict[str, Any] = json.loads((run / "summary.json").read_text())
    out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--json"))
    figures: dict[str, float] = summary["val"]
    assert {name: out[name] for name in figures} == figures
    return figures


def test_texts_are_learned_scored_and_continued(ftcli: Command, tales: Path) -> None:
    shown = ftcli.ok("train", "causal.yaml", "--verbose")
    run = tales / "runs" / "causal"
    assert "18 train, 6 val examples; tokens to predict" in shown
    assert "24 texts: each line, as no blank lines part them" in shown
    assert "data.packing" in shown
    assert "texts without prompts" in shown
    assert "3 blocks, its head among them" in shown
    figures = scored_alike(ftcli, run)
    start = metrics(run)[0]
    assert (start["epoch"], start["step"]) == (0, 0)
    assert f"before training  val loss {start['val_loss']:.4f}" in shown
    assert figures["perplexity"] < 0.2 * start["val_perplexity"]
    out = ftcli.ok("predict", "--checkpoint", run, "the film was good", "a story")
    rows = list(csv.DictReader(out.splitlines()))
    assert [row["id"] for row in rows] == ["the film was good", "a story"]
    assert "and" in rows[0]["label"]


def test_answers_are_learned_with_their_prompts(ftcli: Command, tales: Path) -> None:
    data = ["data.train=answers.jsonl", "data.text=question", "data.target=answer", "model=llama"]
    shown = ftcli.ok("train", "causal.yaml", "--verbose", *data, "data.max_length=32", "training.epochs=2")
    assert "an answer is learned with its prompt before it" in shown
    scored_alike(ftcli, tales / "runs" / "causal")
    out = ftcli.ok("predict", "--checkpoint", "runs/causal", "--input", "answers.jsonl")
    assert len(list(csv.DictReader(out.splitlines()))) == 24


def test_readers_of_several_processes_give_the_same_weights(ftcli: Command, tales: Path) -> None:
    weights = []
    for workers in (0, 2):
        out = f"output=runs/{workers}"
        ftcli.ok(
            "train", "masked.yaml", f"data.workers={workers}", out, "training.epochs=2", "data.cache=none"
        )
        weights.append(
            read_weights(next((tales / f"runs/{workers}/checkpoints").iterdir()) / "model.safetensors")
        )
    assert all(torch.equal(weights[0][name], value) for name, value in weights[1].items())


def test_gaps_are_learned_scored_and_filled(ftcli: Command, tales: Path) -> None:
    ftcli.ok("train", "masked.yaml", "data.packing=false", "data.mask_probability=0.3", "training.epochs=10")
    run = tales / "runs" / "pretrain"
    figures = scored_alike(ftcli, run)
    first = next(line for line in metrics(run) if "val_perplexity" in line)
    assert figures["perplexity"] < 0.7 * first["val_perplexity"]
    out = ftcli.ok("predict", "--checkpoint", run, "the film was [MASK] and the film was great")
    (row,) = csv.DictReader(out.splitlines())
    assert row["label"].startswith("the film was ")
    assert 0 < float(row["probability"]) <= 1


def test_what_was_learned_from_texts_begins_a_classifier(ftcli: Command, tales: Path) -> None:
    ftcli.ok("train", "masked.yaml")
    ftcli.ok("train", "classify.yaml", "freeze=backbone")
    best = json.loads((tales / "runs/pretrain/summary.json").read_text())["best_epoch"]
    before = read_weights(tales / f"runs/pretrain/checkpoints/epoch-{best:04d}/model.safetensors")
    folder = next((tales / "runs/classify/checkpoints").iterdir())
    after = read_weights(folder / "model.safetensors")
    name = next(name for name in before if name.endswith("layer.1.output.dense.weight"))
    (same,) = (value for key, value in after.items() if key.endswith("layer.1.output.dense.weight"))
    assert torch.equal(before[name], same)
    assert json.loads(ftcli.ok("eval", "--checkpoint", "runs/classify", "--json"))["examples"] == 6


@pytest.mark.parametrize("name", ["causal", "masked"])
def test_a_run_goes_on_where_it_was(ftcli: Command, tales: Path, name: str) -> None:
    check_resumes(ftcli, tales / f"{name}.yaml", "training.epochs=3")


def test_init_writes_what_trains(ftcli: Command, tales: Path) -> None:
    paragraphs(tales / "books.txt", 48)
    ftcli.ok("init", "books.txt", "--output", "books.yaml")
    assert "task: causal-language-modelling" in (tales / "books.yaml").read_text()
    ftcli.ok(
        "train", "books.yaml", "model=gpt2", "training.epochs=1", "data.batch_size=4", "data.max_length=16"
    )


@pytest.mark.parametrize(
    ("config", "override", "answer"),
    [
        (
            "causal",
            "data.label=x",
            "data.label: is for classes, numbers and tags, and this task learns the texts",
        ),
        (
            "causal",
            "data.mask_probability=0.2",
            "mask_probability: has no meaning for causal-language-modelling",
        ),
        ("causal", "data.documents=word", "data.documents"),
        ("causal", "data.target=answer", "tales.txt has no column 'answer'"),
        ("causal", "model=tales.txt", "tales.txt"),
        (
            "causal",
            "generation.max_new_tokens=16",
            "16 leaves no room for a prompt, as data.max_length is 16",
        ),
        (
            "causal",
            "loss={name: cross-entropy, class_weights: balanced}",
            "has no meaning for a tokens target",
        ),
        ("causal", "loss=focal", "'focal' does not fit a tokens target"),
        ("causal", "training.metric=accuracy", "no figure is called 'accuracy'"),
        ("causal", "model.pooling=mean", "model.pooling: has no meaning for this task"),
        ("causal", "data.max_length=65", "takes at most 64 tokens, not 65"),
        ("causal", "data.val=none", "needs a validation split"),
        ("masked", "generation.beams=2", "generation: has no meaning for masked-language-modelling"),
        (
            "masked",
            "model={backbone: gpt2, config: null, tokenizer: null}",
            "this task takes a network that predicts masked tokens",
        ),
        ("masked", "data.mask_probability=1.5", "data.mask_probability"),
        ("classify", "data.packing=true", "data.packing: is for language modelling, and this task predicts"),
    ],
)
def test_mistakes_are_answered(ftcli: Command, tales: Path, config: str, override: str, answer: str) -> None:
    extra = ["training.score_first=true"] if "val=none" in override else []
    model = ["model.backbone=gpt2"] if config == "classify" else []
    assert answer in ftcli.refused("train", f"{config}.yaml", override, *extra, *model)


def test_a_text_without_a_gap_is_refused(ftcli: Command, tales: Path) -> None:
    ftcli.ok("train", "masked.yaml", "training.epochs=1")
    answer = ftcli.refused("predict", "--checkpoint", "runs/pretrain", "the film")
    assert "the film: no [MASK] to fill among its first 16 tokens" in answer


def test_packed_texts_are_counted_one_by_one(ftcli: Command, tales: Path) -> None:
    """Blocks of them are what batches hold, and not what the user has."""
    ftcli.ok("train", "causal.yaml", "training.epochs=1")
    run = next((tales / "runs").iterdir())
    outcomes = json.loads((run / "outcomes.json").read_text())
    scored = json.loads(ftcli.ok("eval", run, "--json"))
    texts = len((tales / "tales.txt").read_text().splitlines())
    assert outcomes["examples"] == outcomes["data"]["val"] == scored["examples"] == texts // 4
