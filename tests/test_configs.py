"""Every shipped YAML is run for two steps, on tiny data and with tiny weights that the test makes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ftcli.contracts import Form
from ftcli.models.catalogue import entries
from ftcli.tasks import OUTLINES
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny import prose, sounds
from tests.tiny import speech as tiny_speech
from tests.tiny.boxes import coco, voc
from tests.tiny.masks import landscape_splits
from tests.tiny.segmenters import SEGMENTERS
from tests.tiny.tags import conll, tagged
from tests.tiny.torchvision import small_networks

CONFIGS = Path(__file__).parent.parent / "configs"
Overrides = list[str]


@pytest.fixture(autouse=True)
def small() -> Iterator[None]:
    """VGG and vision transformers of torchvision are small here."""
    with small_networks():
        yield


def photos(folder: Path, backbone: str, size: int, *, weights: bool = True) -> Overrides:
    """A folder of images in place of the data set, and a network of the same family."""
    tiny_data.split_folders(folder / "photos", {"train": 4, "val": 2})
    given = "none"
    if weights:
        given = tiny_models.torchvision_weights(folder / "weights.safetensors", backbone)
    return [
        "data.source=photos",
        "data.val=val",
        f"data.image_size={size}",
        f"model.backbone=torchvision/{backbone}",
        f"model.weights={given}",
        "data.batch_size=4",
    ]


def texts(folder: Path, make: Callable[[Path], str], name: str, rows: list[dict[str, str]]) -> Overrides:
    """A table with the columns that the file names, and a tiny network of the same architecture."""
    make(folder / "model")
    _write(folder / name, rows)
    return ["model.backbone=model", "data.batch_size=5", "data.val=0.2", "data.max_length=16"]


def columns(text: str, label: str, pair: str | None = None) -> list[dict[str, str]]:
    """Ten rows under the names that a file uses."""
    rows = []
    for row in tiny_data.reviews(12):
        second = {pair: "and so on"} if pair else {}
        rows.append({text: row["text"], **second, label: row["label"]})
    return rows


def quickstart(folder: Path) -> Overrides:
    return ["data.per_class=2", "data.batch_size=5", "data.test=test"]


def pretrain(folder: Path) -> Overrides:
    return ["data.per_class=2", "data.batch_size=5"]


def emotions(folder: Path) -> Overrides:
    tiny_models.distilbert(folder / "model")
    (folder / "emotions").mkdir()
    (folder / "emotions/labels.txt").write_text("joy\nanger\nfear\n")
    rows = [
        {"text": f'he said "well {n}"', "labels": ("0", "1,2", "2", "0,1")[n % 4], "id": f"k{n}"}
        for n in range(10)
    ]
    for name in ("train", "dev"):
        lines = ["\t".join(row.values()) for row in rows]
        (folder / f"emotions/{name}.tsv").write_text("\n".join(lines) + "\n")
    return ["model.backbone=model", "data.batch_size=5"]


def faces(folder: Path) -> Overrides:
    files = [tiny_data.image(folder / f"faces/{n}.png", seed=n) for n in range(12)]
    rows = [{"file": path.name, "age": str(20 + 3 * n)} for n, path in enumerate(files)]
    tiny_data.table(folder / "faces.csv", rows)
    weights = tiny_models.torchvision_weights(folder / "weights.pth", "resnet18")
    return [f"model.weights={weights}", "data.image_size=32", "data.batch_size=5"]


def language(folder: Path, name: str) -> Overrides:
    """A file of sentences, or questions with answers, and a tiny network."""
    if name.endswith(".txt"):
        prose.lines(folder / name, 14)
    else:
        rows = [{"question": f"what is {n}?", "answer": f"a number {n}"} for n in range(12)]
        tiny_data.jsonl(folder / name, rows)
    tiny_models.gpt2(folder / "model")
    return ["model=model", "data.max_length=32", "data.val=0.2", "generation.max_new_tokens=4"]


def pretrain_bert(folder: Path) -> Overrides:
    prose.lines(folder / "corpus.txt", 14)
    sizes = "{hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}"
    return [f"model.config={sizes}", "data.max_length=16", "data.val=0.2", "data.batch_size=6"]


def vision_transformer(folder: Path) -> Overrides:
    tiny_data.class_folders(folder / "photos", per_class=6)
    tiny_models.vit(folder / "model")
    return ["model.backbone=model", "data.batch_size=5"]


def street_scenes(folder: Path) -> Overrides:
    names = ["sky", "building"]
    landscape_splits(folder / "camvid", {"train": 8, "val": 4})
    SEGMENTERS["mobilenet_v2"](folder / "model")
    return [
        "model=model",
        f"data.class_names=[{', '.join(names)}]",
        "data.image_size=32",
        "data.batch_size=4",
        "data.ignore_index=255",
    ]


def spoken(folder: Path) -> Overrides:
    """Few recordings of a tenth of a second, of which only the names are those of the file."""
    for digit, pitch in enumerate((200.0, 900.0)):
        for index in range(12):
            sounds.sound(folder / f"recordings/{digit}_ann_{index}.wav", pitch=pitch, seed=index)
    return ["data.batch_size=5"]


def entities(folder: Path) -> Overrides:
    names = {"wnut17train.conll": 8, "emerging.dev.conll": 4, "emerging.test.annotated": 4}
    for name, size in names.items():
        conll(folder / "wnut17" / name, tagged(size))
    tiny_models.bert(folder / "model")
    return ["model.backbone=model", "data.batch_size=4", "data.max_length=16"]


def sentences(folder: Path) -> Overrides:
    """Packed files of lines, and a network that is smaller still."""
    (folder / "multi30k").mkdir()
    for name, size in (("train", 10), ("val", 3), ("test_2016_flickr", 3)):
        rows = tiny_data.reviews(size)
        for language, column in (("en", "text"), ("de", "label")):
            lines = "".join(f"{row[column]}\n" for row in rows)
            path = folder / f"multi30k/{name}.{language}.gz"
            path.write_bytes(gzip.compress(lines.encode()))
    sizes = [f"model.config.{key}={size}" for key, size in (("d_model", 16), ("decoder_layers", 1))]
    return [*sizes, "model.tokenizer.vocab_size=60", "data.batch_size=5", "generation.max_new_tokens=8"]


def cells(folder: Path) -> Overrides:
    voc(folder / "BCCD_Dataset" / "BCCD", {"train": 8, "val": 4})
    weights = tiny_models.torchvision_weights(folder / "weights.safetensors", "mobilenet_v2")
    return [f"model.weights={weights}", "data.image_size=64"]


def boxes(folder: Path) -> Overrides:
    coco(folder / "boxes", {"train": 8, "val": 4})
    return ["model.weights=none", "data.image_size=64"]


NETWORKS: dict[tuple[str, Form], Callable[[Path], str]] = {
    ("audio", "transcriber"): tiny_speech.whisper,
    ("audio", "vector"): tiny_speech.wav2vec2,
    ("text", "seq2seq"): tiny_models.t5,
    ("text", "vector"): tiny_models.bert,
}


def table(folder: Path, experiment: Mapping[str, Any]) -> Overrides:
    """For a file without a case: a table with the columns that it names, and a network as its task takes it."""
    outline, data = OUTLINES[experiment["task"]], experiment["data"]
    NETWORKS[outline.inputs[0].name, outline.form](folder / "model")
    rows = []
    for n, row in enumerate(tiny_data.reviews(12)):
        audio = folder / f"{n}.wav"
        sounds.sound(audio, pitch=200.0 + 50 * n, seed=n)
        number = f"{1 + n / 3:.2f}"
        label = number if outline.wants == "number" else row["label"]
        cells = {
            "audio": audio.name,
            "text": row["text"],
            "text_pair": "so on",
            "label": label,
            "target": label,
        }
        rows.append({data[role]: value for role, value in cells.items() if role in data})
    _write(folder / data["train"], rows)
    short = ["data.max_length=16"] if outline.inputs[0].tokenised else []
    short += ["generation.max_new_tokens=8"] if "target" in data else []
    return ["model=model", "data.batch_size=5", "data.val=0.2", *short]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write = {".jsonl": tiny_data.jsonl, ".parquet": tiny_data.parquet}.get(path.suffix, tiny_data.table)
    write(path, rows)


CASES: dict[str, Callable[[Path], Overrides]] = {
    "quickstart": quickstart,
    "pretrain_digits": pretrain,
    "resnet_cifar": lambda folder: photos(folder, "resnet18", 32),
    "vgg_flowers": lambda folder: photos(folder, "vgg11", 32, weights=False),
    "inception_pets": lambda folder: photos(folder, "inception_v3", 75, weights=False),
    "efficientnet_food": lambda folder: photos(folder, "efficientnet_b0", 32),
    "vit_images": vision_transformer,
    "pretrain_bert": pretrain_bert,
    "gpt2_stories": lambda folder: [*language(folder, "stories.txt"), "data.batch_size=3"],
    "gpt2_answers": lambda folder: [*language(folder, "questions.jsonl"), "data.batch_size=5"],
    "street_scenes": street_scenes,
    "gpt2_topics": lambda folder: texts(folder, tiny_models.gpt2, "news.jsonl", columns("text", "topic")),
    "xlnet_pairs": lambda folder: texts(
        folder, tiny_models.xlnet, "pairs.tsv", columns("premise", "label", "hypothesis")
    ),
    "t5_intents": lambda folder: texts(
        folder, tiny_models.t5, "requests.parquet", columns("utterance", "intent")
    ),
    "multilabel_emotions": emotions,
    "detect_cells": cells,
    "detect_coco": boxes,
    "regression_age": faces,
    "spoken_digits": spoken,
    "dictation": spoken,
    "speak_digits": spoken,
    "ner_wnut": entities,
    "translation_multi30k": sentences,
}
ALSO = {
    "gpt2_topics": ["freeze=1"],  # the tiny one has fewer than six blocks
    "efficientnet_food": ["training.epochs=2", "data.batch_size=8"],  # a step for each of its two phases
}


NAMES = sorted(path.stem for path in CONFIGS.glob("*.yaml"))


def test_every_case_has_a_file() -> None:
    assert set(CASES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_config(name: str, ftcli: Command, workplace: Path) -> None:
    experiment = yaml.safe_load((CONFIGS / f"{name}.yaml").read_text())
    overrides = CASES[name](workplace) if name in CASES else table(workplace, experiment)
    short = ["training.epochs=1", "training.accumulate=1", "training.log_every=1", "training.device=cpu"]
    ftcli.ok("train", CONFIGS / f"{name}.yaml", *overrides, *short, *ALSO.get(name, []))
    run = workplace / "runs" / name
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [1, 2]
    summary = json.loads((run / "summary.json").read_text())
    scored = [split for split in ("val", "test") if split in summary]
    assert scored
    out = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", scored[0], "--json"))
    assert {figure: out[figure] for figure in summary[scored[0]]} == summary[scored[0]]


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_network_can_be_had(path: Path) -> None:
    """It is made from nothing, or it is in the catalogue, each of whose entries is tried by its repository's shape."""
    model = yaml.safe_load(path.read_text())["model"]
    given = model if isinstance(model, dict) else {"backbone": model}
    assert "config" in given or given["backbone"] in {entry.name for entry in entries()}
