"""Texts for sounds: by CTC, and token by token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ftcli.config.generation import Generation
from ftcli.config.schema import Model
from ftcli.contracts import Batch, Example
from ftcli.errors import ConfigError, DataError
from ftcli.media.audio import wav_bytes
from ftcli.models.load import load_backbone
from ftcli.models.request import Request
from ftcli.tasks.targets.texts import TEXTS
from ftcli.tasks.targets.transcripts import CTCTranscripts, GeneratedTranscripts, text_of
from tests.tiny import speech
from tests.tiny.sounds import tone


def example(target: Any, seconds: float = 0.5) -> Example:
    return Example("row 3", {"audio": wav_bytes(tone(seconds), 8000)}, target)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("whisper")
    return load_backbone("transcriber", Request(Model(speech.whisper(folder)), "audio")).preprocess


@pytest.fixture(scope="module")
def spelled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("ctc")
    return load_backbone("transcriber", Request(Model(speech.spelling(folder)), "audio")).preprocess


def test_a_text_has_single_spaces() -> None:
    assert text_of(example(" a \n b ")) == "a b"
    with pytest.raises(DataError, match="row 3: 3 is not a text"):
        text_of(example(3))


def test_tokens_are_given_to_the_decoder_and_learned_one_later(written: Any) -> None:
    codec = GeneratedTranscripts(written, Generation(), 0)
    batch = codec.collate([codec.encode(example(text)) for text in ("low", "a")])
    assert batch["texts"] == ["low", "a"]
    given = codec.decoder_inputs(batch, 2)["decoder_input_ids"]
    assert torch.equal(given[0, 1:], batch["labels"][0, :-1])
    without = codec.decoder_inputs(None, 3)["decoder_input_ids"]
    assert without.tolist() == [list(written.prompt)] * 3
    assert without.dtype == torch.int64


def test_only_tokens_that_are_not_padding_have_a_loss(written: Any) -> None:
    codec = GeneratedTranscripts(written, Generation(), 0)
    batch = codec.collate([codec.encode(example(text)) for text in ("low", "a")])
    outputs = torch.zeros(*batch["labels"].shape, 50)
    shapes: Any = codec.loss(lambda logits, labels: (logits.shape, labels.shape), outputs, batch)  # type: ignore[arg-type, return-value]
    assert shapes == ((6, 50), (6,))


def test_metrics_follow_from_what_the_texts_are(written: Any) -> None:
    assert set(GeneratedTranscripts(written, Generation(), 0).metrics()) == {"word-errors"}
    assert set(GeneratedTranscripts(written, Generation(), 0, TEXTS).metrics()) == {
        "translation",
        "rouge",
    }


def test_texts_longer_than_the_network_writes_are_counted(written: Any) -> None:
    codec = GeneratedTranscripts(written, Generation(), 0)
    (note,) = codec.notes([example("a" * 30), example("a"), example(None)])
    assert note.startswith(f"1 of 2 texts to write have more than {written.room} tokens")


def test_the_likeliest_classes_without_blanks_are_the_text(spelled: Any) -> None:
    codec = CTCTranscripts(spelled, Generation())
    text, classes = codec.encode(example("low"))
    blank = spelled.characters.blank
    frames = [classes[0], classes[0], blank, *classes[1:], classes[0]]
    logits = nn.functional.one_hot(torch.tensor([frames]), 60).float()
    batch = Batch({}, None, ("a",))
    found = codec.texts(nn.Identity(), batch, (logits, torch.tensor([len(frames) - 1])))
    assert found == [text]
    assert codec.decoder_inputs(None, 1) == {}
    assert [one.label for one in codec.predictions(found, ["a"])] == [text]


def test_sounds_with_too_few_frames_are_counted_and_settings_refused(spelled: Any, tmp_path: Path) -> None:
    codec = CTCTranscripts(spelled, Generation())
    note, lacking = codec.notes([example("a long text", 0.05), example("a")])
    assert lacking == "1 of 2 transcripts hold characters that the network has no class for (E N T X)"
    assert note.startswith("1 of 2 sounds are too short for their transcripts")
    with pytest.raises(ConfigError, match="generation: is for networks that write by token"):
        CTCTranscripts(spelled, Generation(beams=3))
