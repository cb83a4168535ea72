"""A real encoder of texts: its vectors are those of the library that published it, and it learns from few sentences."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from ftcli.config.schema import Model
from ftcli.contracts import Backbone, TextPreprocess
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from tests.running import Command
from tests.tiny import data as tiny_data

TEXTS = [
    "The film is a joy from start to end.",
    "I lost two hours of my life.",
    "Rain is expected in the north.",
]
GOOD = (
    "a joy to watch", "warm, funny and moving", "I loved every minute of it", "the acting is superb", "a small marvel",
    "the best film of the year", "it made me laugh and cry", "beautifully shot", "an instant classic", "charming",
    "go and see it twice", "the script sparkles", "a triumph", "sweet and clever", "I left the cinema happy",
    "full of life",
)  # fmt: skip
BAD = (
    "a waste of time", "dull, loud and endless", "I hated every minute of it", "the acting is wooden", "a disaster",
    "the worst film of the year", "it bored me to tears", "ugly to look at", "an instant failure", "annoying",
    "avoid it at all costs", "the script is lazy", "a mess", "stupid and cruel", "I left the cinema angry",
    "utterly lifeless",
)  # fmt: skip


def vectors(backbone: Backbone) -> torch.Tensor:
    preprocess = backbone.preprocess
    assert isinstance(preprocess, TextPreprocess)
    inputs = preprocess.tokenizer(TEXTS, padding=True, return_tensors="pt")
    with torch.no_grad():
        found: torch.Tensor = backbone.module.eval()(**inputs)
    return torch.nn.functional.normalize(found)


def loaded(folder: Path) -> Backbone:
    return load_backbone("vector", Request(Model(str(folder)), "text"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_vectors_are_those_of_sentence_transformers(minilm: Path) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(minilm), device="cpu").encode(TEXTS, convert_to_tensor=True)
    torch.testing.assert_close(vectors(loaded(minilm)), theirs, rtol=0, atol=1e-5)


def test_a_pytorch_file_gives_the_same_vectors(minilm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "minilm"
    shutil.copytree(minilm, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save(load_file(minilm / "model.safetensors"), folder / "pytorch_model.bin")
    assert torch.equal(vectors(loaded(folder)), vectors(loaded(minilm)))


@pytest.mark.parametrize("freeze", ["backbone", "none"])
def test_it_learns_from_a_few_sentences(ftcli: Command, workplace: Path, minilm: Path, freeze: str) -> None:
    pairs = [(good, bad) for good, bad in zip(GOOD, BAD, strict=True)]
    rows = [
        {"text": text, "label": label}
        for pair in pairs
        for text, label in zip(pair, ("good", "bad"), strict=True)
    ]
    tiny_data.table(workplace / "train.csv", rows[:20])
    tiny_data.table(workplace / "val.csv", rows[20:])
    (workplace / "films.yaml").write_text(
        "task: text-classification\n"
        "data: {train: train.csv, val: val.csv, batch_size: 10}\n"
        f"model: {minilm}\n"
        f"freeze: {freeze}\n"
        "training: {device: cpu, epochs: 10, seed: 0}\n"
    )
    ftcli.ok("train", "films.yaml")
    trained = json.loads((workplace / "runs/films/summary.json").read_text())["val"]
    scored = json.loads(ftcli.ok("eval", "--checkpoint", "runs/films", "--json"))
    assert {name: scored[name] for name in trained} == trained
    assert trained["accuracy"] >= 0.8
    predicted = ftcli.ok("predict", "--checkpoint", "runs/films", "a masterpiece", "an awful bore")
    assert [line.split(",")[1] for line in predicted.splitlines()[1:]] == ["good", "bad"]
