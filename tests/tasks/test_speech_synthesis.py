"""Speech synthesis: a batch, its loss, and what is predicted from a text alone."""

from __future__ import annotations

import pytest
import torch

from ftcli.contracts import Example
from ftcli.errors import DataError
from ftcli.models.speech.speecht5 import Voices
from tests.passes import scored
from tests.tasks.cases import CASES, made

NAME = "speech-synthesis"


def test_the_true_spectrogram_is_among_the_inputs_where_it_is_known() -> None:
    task = made(NAME)
    labelled = task.collate([task.encode(one) for one in CASES[NAME].examples()], training=False)
    assert torch.equal(labelled.inputs["spectrogram"], labelled.targets)
    assert labelled.inputs["speaker"].tolist() == [0, 0]
    alone = task.collate([task.encode(Example("a", {"text": "ant"}))], training=False)
    assert "spectrogram" not in alone.inputs
    assert alone.targets is None


def test_a_batch_is_scored() -> None:
    task = made(NAME)
    model = task.attach(CASES[NAME].backbone()).eval()
    assert isinstance(model, Voices)
    batch = task.collate([task.encode(one) for one in CASES[NAME].examples()], training=False)
    metrics = task.metrics()
    loss = scored(task, model, batch, metrics)
    assert torch.isfinite(loss.total)
    assert {"spectrogram_distance", "mcd"} <= metrics["spectral-distance"].compute().keys()


def test_outputs_need_the_sounds_and_predictions_do_not() -> None:
    task = made(NAME)
    model = task.attach(CASES[NAME].backbone()).eval()
    batch = task.collate([task.encode(Example("a", {"text": "tan"}))], training=False)
    with pytest.raises(DataError, match="need the recorded sounds"):
        task.outputs(model, batch)
    (one,) = task.predictions(model, batch)
    assert (one.id, one.label) == ("a", "tan")
    assert one.samples.ndim == 1
    assert len(one.samples) > 0
