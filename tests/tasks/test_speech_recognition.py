"""Speech recognition by a decoder and by a CTC head."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from ftcli.config.generation import Generation
from ftcli.config.schema import Data, Experiment, Model
from ftcli.contracts import Backbone, Batch, Example, Target
from ftcli.losses import LOSSES
from ftcli.media.audio import wav_bytes
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.tasks.speech_recognition import SpeechRecognition
from tests.passes import loss_of, scored
from tests.tiny import speech
from tests.tiny.sounds import tone

TARGET = Target("transcript")


@pytest.fixture(scope="module", params=["decoder", "ctc"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    torch.manual_seed(0)
    make = {"decoder": speech.whisper, "ctc": speech.spelling}[request.param]
    folder = make(tmp_path_factory.mktemp(request.param))
    return load_backbone("transcriber", Request(Model(folder), "audio"))


def task_of(network: Backbone) -> Any:
    settings = SpeechRecognition.settings(Experiment("speech-recognition", Data(), Model()))
    loss = LOSSES.load(network.loss or "")(target=TARGET)
    return SpeechRecognition(TARGET, network.preprocess, loss, **settings)


def batch(task: Any, *, labelled: bool = True) -> Batch:
    texts = ("low", "hi") if labelled else (None, None)
    sounds = [wav_bytes(tone(seconds), 8000) for seconds in (0.3, 0.4)]
    examples = [Example(str(n), {"audio": sounds[n]}, texts[n]) for n in range(2)]
    made: Batch = task.collate([task.encode(one) for one in examples], training=False)
    return made


def test_a_batch_is_scored_and_its_loss_is_finite(network: Backbone) -> None:
    task = task_of(network)
    model = task.attach(network).eval()
    metrics = task.metrics()
    loss = scored(task, model, batch(task), metrics)
    assert torch.isfinite(loss.total)
    assert loss.count > 0
    assert {"wer", "cer"} <= metrics["word-errors"].compute().keys()


def test_sounds_without_transcripts_have_outputs_and_texts(network: Backbone) -> None:
    task = task_of(network)
    model = task.attach(network).eval()
    unlabelled = batch(task, labelled=False)
    outputs = task.outputs(model, unlabelled)
    if isinstance(outputs, tuple):
        logits, frames = outputs
        assert (len(logits), frames.tolist()) == (2, sorted(frames.tolist()))
    else:
        assert outputs.shape[:2] == (2, 1)
        first = task.outputs(model, batch(task))[:, len(network.preprocess.prompt) - 1]  # type: ignore[union-attr]
        torch.testing.assert_close(outputs[:, 0], first)
    labels = [one.label for one in task.predictions(model, unlabelled, outputs)]
    assert labels == [one.label for one in task.predictions(model, unlabelled)]


def test_the_loss_is_differentiable(network: Backbone) -> None:
    task = task_of(network)
    model = task.attach(network)
    torch.autograd.backward(loss_of(task, model, batch(task)).total)
    assert any(one.grad is not None and one.grad.any() for one in model.parameters())
    model.zero_grad()


def test_settings_are_those_of_the_experiment() -> None:
    experiment = Experiment("speech-recognition", Data(max_seconds=2.0), Model())
    assert SpeechRecognition.settings(experiment) == {
        "generation": Generation(), "seed": experiment.training.seed, "max_seconds": 2.0
    }  # fmt: skip


def test_notes_are_of_sounds_and_transcripts(tmp_path: Path) -> None:
    backbone = load_backbone("transcriber", Request(Model(speech.whisper(tmp_path)), "audio"))
    sound = wav_bytes(tone(0.9), 8000)
    notes = task_of(backbone).notes([Example("a", {"audio": sound}, "a" * 40)])
    assert ["sounds are longer" in notes[0], "texts to write have more" in notes[1]] == [True, True]
