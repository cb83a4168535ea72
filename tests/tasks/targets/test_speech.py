"""Speech as target and prediction."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import soundfile
import torch
from transformers import SpeechT5FeatureExtractor

from ftcli.contracts import Example
from ftcli.errors import DataError
from ftcli.models.speech.griffin_lim import GriffinLim
from ftcli.models.speech.speecht5 import IGNORED, SpeechProcessor
from ftcli.tasks.targets.speech import SpeechCodec
from tests.tiny.sounds import sound
from tests.tiny.speech import letters

EXTRACTOR = SpeechT5FeatureExtractor()
PROCESSOR = SpeechProcessor(letters(), EXTRACTOR, 20, 40, 2)


def codec(*speakers: str) -> SpeechCodec:
    return SpeechCodec(PROCESSOR, speakers, GriffinLim(EXTRACTOR))


def spoken(speaker: str | None = None, target: Any = None) -> Example:
    return Example("row 3", {"text": "a"} if speaker is None else {"text": "a", "speaker": speaker}, target)


def test_speakers_have_numbers_and_without_a_name_it_is_the_first() -> None:
    both = codec("ann", "bob")
    assert [both.number(spoken(name)) for name in ("bob", " ann ", None)] == [1, 0, 0]
    assert codec().number(spoken("who")) == 0
    with pytest.raises(DataError, match=r"row 3: the speaker 'bo' is not in the training split\..*'bob'"):
        both.number(spoken("bo"))


def test_a_sound_becomes_a_spectrogram_which_is_kept(tmp_path: Path) -> None:
    one, path = codec(), sound(tmp_path / "a.wav")
    first = one.encode(spoken(target=path))
    assert first.shape[1] == 80
    path.unlink()
    assert torch.equal(one.encode(spoken(target=path)), first)
    batch = one.collate([first, first[:3]])
    assert (batch[1, 3:] == IGNORED).all()
    predicted, true = one.measured(batch, batch)
    assert [len(row) for row in predicted] == [len(first), 3]
    assert torch.equal(predicted[0], true[0])


def test_a_prediction_holds_samples_and_is_saved_as_a_sound(tmp_path: Path) -> None:
    spectrogram = torch.full((10, 80), -2.0)
    (one,) = codec("ann", "bob").predictions([("a text", 1, spectrogram)], ["a"])
    assert one.rows() == [{"id": "a", "text": "a text", "speaker": "bob", "seconds": 0.16}]
    assert one.only_files
    again: Any = pickle.loads(pickle.dumps(one))
    assert torch.equal(again.samples, GriffinLim(EXTRACTOR)(spectrogram))
    (file,) = again.save(spoken(), tmp_path / "a")
    samples, rate = soundfile.read(file)
    assert (file.name, rate, len(samples)) == ("a.wav", 16_000, len(again.samples))


def test_half_precision_around_it_does_not_change_the_sound() -> None:
    row = ("a", 0, torch.linspace(-4, 0, 800).reshape(10, 80))
    (plain,) = codec().predictions([row], ["a"])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (other,) = codec().predictions([row], ["a"])
    assert torch.equal(plain.samples, other.samples)  # type: ignore[attr-defined]


def test_long_sounds_are_counted(tmp_path: Path) -> None:
    sounds = [spoken(target=sound(tmp_path / f"{length}.wav", length)) for length in (0.1, 1.0)]
    (note,) = codec().notes(sounds)
    assert note == "1 of 2 sounds are longer than 0.64 s, the network's most, and cut there"
