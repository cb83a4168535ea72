"""Spectrograms become sound without a network, and without ftcli."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from transformers import SpeechT5FeatureExtractor

from ftcli.models.speech import griffin_lim
from ftcli.models.speech.griffin_lim import GriffinLim
from tests.models.speech.sounds import vowel


def mels(samples: Tensor) -> Tensor:
    made = SpeechT5FeatureExtractor()(audio_target=samples.numpy(), sampling_rate=16000, return_tensors="np")
    return torch.as_tensor(made["input_values"][0])


def test_a_vowel_survives_the_round_trip() -> None:
    """Spectral convergence: the distance of the mel magnitudes, relative to their size."""
    wanted = mels(vowel())
    sound = GriffinLim()(wanted)
    assert abs(len(sound) - 8000) < 256
    assert 0.8 < float(sound.std() / vowel().std()) < 1.2
    before, after = 10**wanted, 10 ** mels(sound)[: len(wanted)]
    assert float((before - after).norm() / before.norm()) < 0.15
    assert torch.equal(sound, GriffinLim()(wanted))


def test_magnitudes_have_the_mel_bins_that_were_given() -> None:
    wanted = mels(vowel())
    vocoder = GriffinLim()
    found = vocoder.magnitudes(wanted)
    assert float(found.min()) >= 0
    again = (vocoder._filters.T @ found).T
    assert float((again - 10**wanted).norm() / (10**wanted).norm()) < 0.05


def test_a_single_frame_is_a_sound() -> None:
    assert len(GriffinLim()(mels(vowel())[:1])) == 256


def test_its_file_needs_nothing_of_ftcli() -> None:
    assert "import ftcli" not in (text := Path(griffin_lim.__file__).read_text())
    assert "from ftcli" not in text
