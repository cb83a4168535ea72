"""Sounds that are like speech."""

from __future__ import annotations

import torch
from torch import Tensor


def vowel(seconds: float = 0.5, pitch: float = 120.0) -> Tensor:
    """A buzz with the formants of an open vowel, float32 (samples,) at 16 kHz."""
    time = torch.arange(round(seconds * 16000)) / 16000
    frequencies = pitch * torch.arange(1, 60)
    formants = {700.0: 1.0, 1200.0: 0.5, 2600.0: 0.2}
    weights = sum(gain * torch.exp(-(((frequencies - at) / 150) ** 2)) for at, gain in formants.items())
    assert isinstance(weights, Tensor)
    waves = torch.sin(2 * torch.pi * frequencies[:, None] * time)
    return 0.2 * ((weights + 0.01)[:, None] * waves).sum(0)
