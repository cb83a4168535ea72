"""Mistakes with sounds, what is said in them, and who says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mistakes.case import Case, each, edit, refused, remove, write
from tests.running import Command
from tests.tiny import data as tiny_data
from tests.tiny import models as tiny_models
from tests.tiny import sounds
from tests.tiny import speech as tiny

RECOGNITION = """\
task: speech-recognition
data:
  train: clips.csv
  val: 0.25
  target: words
  batch_size: 4
model:
  backbone: whisper
training:
  epochs: 1
  device: cpu
"""
SYNTHESIS = """\
task: speech-synthesis
data:
  train: clips.csv
  val: 0.25
  text: words
  batch_size: 4
model:
  backbone: speecht5
training:
  epochs: 1
  device: cpu
"""


@pytest.fixture
def clips(workplace: Path) -> Path:
    """The current folder, with a table of sounds and two networks."""
    files = sorted(sounds.named_files(workplace / "clips").iterdir())
    rows = [
        {
            "audio": f"clips/{file.name}",
            "words": ("low", "high")[int(file.stem[0])],
            "speaker": "ann",
            "age": "7",
        }
        for file in files
    ]
    tiny_data.table(workplace / "clips.csv", rows)
    tiny.whisper(workplace / "whisper")
    tiny.speecht5(workplace / "speecht5")
    return workplace


HEARD = [
    Case("another column for what is said",
        ("x.yaml:5: data.target: clips.csv has no column 'wrods'. Did you mean 'words'?",), "words", "wrods"),
    Case("no column for what is said", ("data.target: no column of clips.csv looks like the target: name it",),
        "  target: words\n", "", damage=edit("clips.csv", "words", "w")),
    Case("a column of no sounds", ("data.audio: clips.csv has no column 'sound'", "It has: audio, words"),
        "words\n", "words\n  audio: sound\n"),
    Case("a label for a transcript", ("x.yaml:5: data.label: is for classes",), "target", "label"),
    Case("a speaker for who listens", ("data.speaker: is for speech, and this task writes what is said",),
        "words\n", "words\n  speaker: speaker\n"),
    Case("a pattern for a table", ("data.pattern: has no meaning for clips.csv",), "words\n",
        'words\n  pattern: "{label}_{speaker}"\n'),
    Case("images of sounds", ("data.image_size: is for images, and this task reads sounds",), "words\n",
        "words\n  image_size: 32\n"),
    Case("a sound that is gone", ("1 of the 16 sounds in clips.csv cannot be used",
        "clips.csv:2: clips/0_ann_0.wav does not exist"),
        damage=remove("clips/0_ann_0.wav")),
    Case("a sound that is none", ("1 of the 16 sounds in clips.csv cannot be used", "clips/0_ann_0.wav is not a sound"),
        damage=write("clips/0_ann_0.wav", "hello")),
    Case("the loss of another network", ("x.yaml:7: loss: 'ctc' does not fit this network, which learns by "
        "'cross-entropy'",), "model:\n", "loss: ctc\nmodel:\n"),
    Case("a loss of classes", ("loss: 'focal' does not fit a transcript target. These do: cross-entropy, ctc",),
        overrides=("loss=focal",)),
    Case("weights of classes that are none", ("loss.class_weights: has no meaning for a",),
        overrides=("loss={name: cross-entropy, class_weights: balanced}",)),
    Case("a head where one is inside", ("model.head: has no meaning for speech-recognition",),
        overrides=("model.head.dropout=0.1",)),
    Case("a metric of classes", ("training.metric: no figure is called 'accuracy'", "There are: loss, wer, cer"),
        overrides=("training.metric=accuracy",)),
    Case("beams of CTC", ("generation: is for networks that write by token",),
        overrides=("generation.beams=2", "model={backbone: wav2vec2-bert, config: {hidden_size: 32, "
            "num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 32}}")),
    Case("a network of texts", ("model.backbone: bert is of type 'bert': speech is recognised by whisper",),
        "whisper", "bert", damage=lambda folder: tiny_models.bert(folder / "bert")),
    Case("a vocoder for who listens", ("model.vocoder: has no meaning for this task",),
        overrides=("model.vocoder=x",)),
    Case("fewer seconds than any", ("data.max_seconds: should be more than 0",), overrides=("data.max_seconds=0",)),
]  # fmt: skip
SAID = [
    Case("another column for the text", ("x.yaml:5: data.text: clips.csv has no column 'wrods'",), "words", "wrods"),
    Case("a speaker that is no column", ("data.speaker: clips.csv has no column 'who'",), "words\n",
        "words\n  speaker: who\n"),
    Case("the text as the speaker", ("column 'words' is already the speaker",), "words\n",
        "words\n  speaker: words\n"),
    Case("an empty text", ("1: '' is not a text that can be spoken",),
        damage=edit("clips.csv", "_0.wav,low", "_0.wav,")),
    Case("settings of writing", ("generation: has no meaning for speech-synthesis",),
        overrides=("generation.beams=2",)),
    Case("an unknown option of the loss", ("loss.guided: spectrogram takes no option 'guided'. It takes: stop_weight",),
        overrides=("loss={name: spectrogram, guided: 1}",)),
    Case("a network that listens", ("model.backbone: whisper is of type 'whisper': only speecht5",), "speecht5",
        "whisper"),
    Case("a vocoder that is none", ("whisper: these are weights of another model",),
        overrides=("model.vocoder=./whisper",)),
    Case("tokens of a text", ("data.max_length: has no meaning here, as this task speaks texts",),
        overrides=("data.max_length=9",)),
]  # fmt: skip


@each(HEARD)
def test_mistakes_in_what_is_heard(case: Case, ftcli: Command, clips: Path) -> None:
    case.write(RECOGNITION)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)


@each(SAID)
def test_mistakes_in_what_is_said(case: Case, ftcli: Command, clips: Path) -> None:
    case.write(SYNTHESIS)
    refused(ftcli, case.said, "train", "x.yaml", *case.overrides)
