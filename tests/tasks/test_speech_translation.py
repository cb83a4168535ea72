"""Speech translation, from a table of sounds to figures and predicted texts."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch

from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Target
from ftcli.errors import ConfigError
from ftcli.losses.cross_entropy import CrossEntropy
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.tasks.speech_translation import SpeechTranslation
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import sounds, speech

WORDS = {"low": 200.0, "high": 900.0}
CONFIG = """
task: speech-translation
data: {train: talks.tsv, audio: file, target: translation, val: 0.25, batch_size: 6}
model: whisper
generation: {beams: 1}
optimizer: {lr: 1e-2}
training: {epochs: 16, early_stop: false, device: cpu, precision: fp32, seed: 1}
"""


@pytest.fixture
def talks(workplace: Path) -> Path:
    """A table of sounds, whose pitch is the word, and a network that knows letters."""
    rows = []
    for word, pitch in WORDS.items():
        for n in range(12):
            sounds.sound(workplace / f"{word}{n}.wav", pitch=pitch, seed=n)
            rows.append({"file": f"{word}{n}.wav", "translation": f"so it is {word}"})
    tiny_data.table(workplace / "talks.tsv", rows)
    torch.manual_seed(0)
    speech.whisper(workplace / "whisper")
    (workplace / "talks.yaml").write_text(CONFIG)
    return workplace


def test_sounds_are_translated_scored_and_predicted(ftcli: Command, talks: Path) -> None:
    shown = ftcli.ok("train", "talks.yaml")
    assert "18 train, 6 val examples; texts to write" in shown
    run = talks / "runs" / "talks"
    figures = json.loads((run / "summary.json").read_text())["val"]
    assert {"bleu", "chrf", "rougeL"} <= figures.keys()
    assert figures["bleu"] == pytest.approx(100)
    scored = json.loads(ftcli.ok("eval", "--checkpoint", run, "--data", "val", "--json"))
    assert {name: scored[name] for name in figures} == figures
    predicted = ftcli.ok("predict", "--checkpoint", run, "low0.wav", "high0.wav")
    assert [row["label"] for row in csv.DictReader(predicted.splitlines())] == [
        "so it is low",
        "so it is high",
    ]


def test_what_has_no_meaning_is_refused(ftcli: Command, talks: Path) -> None:
    refused = ftcli.refused("train", "talks.yaml", "data.prefix=translate")
    assert "data.prefix: comes before texts that are read, and this task reads sounds" in refused
    speech.spelling(talks / "spelling")
    refused = ftcli.refused("train", "talks.yaml", "model=spelling")
    assert "model.backbone: has a CTC head" in refused


def test_settings_are_those_of_recognition_without_a_prefix() -> None:
    experiment = Experiment("speech-translation", Data(max_seconds=3.0), Model())
    assert SpeechTranslation.settings(experiment)["max_seconds"] == 3.0
    with pytest.raises(ConfigError, match=r"data\.prefix"):
        SpeechTranslation.settings(Experiment("speech-translation", Data(prefix="x"), Model()))


def test_metrics_are_those_of_texts(tmp_path: Path) -> None:
    backbone = load_backbone("transcriber", Request(Model(speech.whisper(tmp_path)), "audio", verbatim=False))
    target = Target("text")
    settings = SpeechTranslation.settings(Experiment("speech-translation", Data(), Model()))
    task = SpeechTranslation(target, backbone.preprocess, CrossEntropy(target=target), **settings)
    assert set(task.metrics()) == {"translation", "rouge"}
