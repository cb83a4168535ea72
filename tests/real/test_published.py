"""Published weights and data sets: small fine-tunings, each of which learns, and is scored again as it was.

Each bound is well on this side of what was measured, and well beyond what a network that learned nothing has.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.running import Command

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(ftcli: Command, workplace: Path) -> Run:
    """Trains an experiment and scores its run: figures of validation, which both have to agree on."""

    def trained(yaml: str, *overrides: str) -> dict[str, Any]:
        (workplace / "x.yaml").write_text(yaml)
        ftcli.ok("train", "x.yaml", "training.device=cpu", "training.seed=0", *overrides)
        figures: dict[str, Any] = json.loads((workplace / "runs/x/summary.json").read_text())["val"]
        scored = json.loads(ftcli.ok("eval", "--checkpoint", "runs/x", "--json"))
        assert {name: scored[name] for name in figures} == figures
        return figures

    return trained


def first_lines(source: Path, target: Path, count: int) -> None:
    opened = gzip.open if source.suffix == ".gz" else open
    with opened(source, "rt", encoding="utf-8") as lines:
        target.write_text("".join(islice(lines, count)), encoding="utf-8")


MOBILENET = (
    "{{backbone: torchvision/mobilenet_v2, weights: {real}/weights/torchvision/mobilenet_v2-coral-tf2ptq.pth"
)


@pytest.mark.parametrize(
    ("model", "least"),
    [
        (MOBILENET + "}}", 0.8),
        ("{real}/weights/hf/mobilenet_v1_0.75_192", 0.8),
    ],
)
def test_flowers_are_told_apart_by_a_frozen_network(run: Run, real: Path, model: str, least: float) -> None:
    figures = run(
        "task: image-classification\n"
        f"data: {{source: {real}/data/flowers, image_size: 160, augment: none}}\n"
        f"model: {model.format(real=real)}\n"
        "freeze: backbone\n"
        "training: {epochs: 15}\n"
    )
    assert figures["accuracy"] >= least


def test_cells_are_found(run: Run, ftcli: Command, workplace: Path, real: Path) -> None:
    bccd, voc = real / "data/bccd", workplace / "voc"
    for folder in ("JPEGImages", "Annotations", "ImageSets/Main"):
        (voc / folder).mkdir(parents=True)
    names = sorted(path.stem for path in (bccd / "JPEGImages").glob("*.jpg"))[:28]
    for name in names:
        shutil.copy(bccd / f"JPEGImages/{name}.jpg", voc / "JPEGImages")
        shutil.copy(bccd / f"Annotations/{name}.xml", voc / "Annotations")
    for split, chosen in {"train": names[:20], "val": names[20:]}.items():
        (voc / f"ImageSets/Main/{split}.txt").write_text("\n".join(chosen))
    figures = run(
        "task: object-detection\n"
        "data: {source: voc, image_size: 192, batch_size: 4}\n"
        f"model: {MOBILENET.format(real=real)}, detector: faster-rcnn}}\n"
        "training: {epochs: 4}\n"
    )
    assert figures["map50"] >= 0.1
    ftcli.ok("predict", "--checkpoint", "runs/x", "--save", "drawn", bccd / f"JPEGImages/{names[-1]}.jpg")
    assert len([*(workplace / "drawn").iterdir()]) == 1


def test_a_street_is_segmented(run: Run, real: Path) -> None:
    names = "[sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian, cyclist]"
    figures = run(
        "task: semantic-segmentation\n"
        f"data: {{source: {real}/data/camvid, image_size: 129, ignore_index: 11, class_names: {names}}}\n"
        f"model: {real}/weights/hf/deeplabv3_mobilenet_v2_1.0_513\n"
        "training: {epochs: 6}\n"
    )
    assert figures["pixel_accuracy"] >= 0.5


def test_stories_are_continued(run: Run, workplace: Path, real: Path) -> None:
    first_lines(real / "data/gsm8k/train.jsonl", workplace / "train.jsonl", 120)
    yaml = (
        "task: causal-language-modelling\n"
        "data: {train: train.jsonl, text: answer, val: 0.2, max_length: 64}\n"
        f"model: {real}/weights/hf/stories260K\n"
        "optimizer: {lr: 2e-3}\n"
        "training: {epochs: 2}\n"
    )
    assert run(yaml)["perplexity"] <= 25


def test_a_translation_is_learned_from_nothing(run: Run, workplace: Path, real: Path) -> None:
    for language in ("en", "de"):
        first_lines(real / f"data/multi30k/train.{language}.gz", workplace / f"train.{language}", 200)
    figures = run(
        "task: translation\n"
        'data: {train: "train.{en,de}", val: 0.1, max_length: 32}\n'
        "model:\n"
        "  backbone: t5\n"
        "  config: {d_model: 32, d_ff: 64, d_kv: 16, num_layers: 1, num_decoder_layers: 1, num_heads: 2}\n"
        "  tokenizer: {kind: unigram, vocab_size: 400}\n"
        "generation: {beams: 1, max_new_tokens: 8}\n"
        "optimizer: {lr: 3e-3}\n"
        "training: {epochs: 3}\n"
    )
    assert figures["loss"] <= 5.75


def test_spoken_digits_are_told_apart(run: Run, real: Path) -> None:
    figures = run(
        "task: audio-classification\n"
        f"data: {{source: {real}/data/fsdd/recordings, pattern: '{{digit}}_{{speaker}}_{{index}}.wav', label: digit,\n"
        "       val: index < 5, per_class: 60}\n"
        "model:\n"
        "  backbone: wav2vec2\n"
        "  config: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 64,\n"
        "           conv_dim: [32, 32, 32], conv_stride: [5, 4, 4], conv_kernel: [10, 8, 8],\n"
        "           num_conv_pos_embeddings: 16, num_conv_pos_embedding_groups: 2}\n"
        "optimizer: {lr: 2e-3}\n"
        "training: {epochs: 2}\n"
    )
    assert figures["accuracy"] >= 0.16
