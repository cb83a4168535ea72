"""Spectrograms become sound."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ftcli.errors import WeightsError
from ftcli.models.speech.griffin_lim import GriffinLim
from ftcli.models.speech.vocoder import load_vocoder
from tests.tiny import speech as tiny


def test_a_network_may_be_the_vocoder(tmp_path: Path) -> None:
    vocoder = load_vocoder(tiny.hifigan(tmp_path / "a"))
    assert vocoder(torch.zeros(32, 80)).shape == (32 * 16,)
    with pytest.raises(WeightsError, match="no such folder"):
        load_vocoder(str(tmp_path / "gone"))
    assert isinstance(load_vocoder(None), GriffinLim)
