"""From spectrograms to sound without a network, by the method of Griffin and Lim.

This file needs nothing of ftcli: an exported network that speaks has a copy of it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import SpeechT5FeatureExtractor

ROUNDS = 60
MOMENTUM = 0.99  # of the fast variant
INVERSIONS = 30  # steps from mel bins back to frequencies


class GriffinLim:
    """log10-mel spectrograms (T, mels) to samples (n,), float32, by the settings of a feature extractor.

    Phases that fit the magnitudes are found by going back and forth (Griffin and Lim 1984), with the momentum of
    Perraudin et al. (2013). It starts from phases of a fixed seed, so the same spectrogram gives the same sound.
    """

    def __init__(self, extractor: Any = None) -> None:
        made = extractor or SpeechT5FeatureExtractor()
        self.rate = int(made.sampling_rate)
        self._size, self._hop, self._window_size = (
            int(made.n_fft),
            int(made.sample_stride),
            int(made.sample_size),
        )
        self._window = torch.from_numpy(made.window).float()
        self._filters = torch.from_numpy(made.mel_filters).float()  # (frequencies, mels)

    def __call__(self, spectrogram: Tensor) -> Tensor:
        magnitudes = self.magnitudes(spectrogram.detach().float().cpu())
        generator = torch.Generator().manual_seed(0)
        phases = torch.rand(magnitudes.shape, generator=generator) * 2 * torch.pi
        now = last = torch.polar(torch.ones_like(magnitudes), phases)
        for _ in range(ROUNDS):
            fitting = self._transform(self._sound(magnitudes * now))[:, : magnitudes.shape[1]]
            now = fitting + MOMENTUM * (fitting - last)
            now, last = now / now.abs().clamp(min=1e-12), fitting
        return self._sound(magnitudes * now)

    def magnitudes(self, spectrogram: Tensor) -> Tensor:
        """Magnitudes (frequencies, T) >= 0 whose mel bins are nearly those of log10 (T, mels).

        Multiplicative steps keep them from turning negative (Lee and Seung 2001).
        """
        mels = (10.0**spectrogram).T
        found: Tensor = (torch.linalg.pinv(self._filters.T) @ mels).clamp(min=1e-6)
        for _ in range(INVERSIONS):
            found = (
                found * (self._filters @ mels) / (self._filters @ (self._filters.T @ found)).clamp(min=1e-12)
            )
        return found

    def _sound(self, spectrum: Tensor) -> Tensor:
        window, size = self._window, self._window_size
        length = (spectrum.shape[1] - 1) * self._hop or self._hop
        sound: Tensor = torch.istft(spectrum, self._size, self._hop, size, window, length=length)
        return sound

    def _transform(self, sound: Tensor) -> Tensor:
        window, size = self._window, self._window_size
        padded = torch.nn.functional.pad(sound, (0, max(0, self._size - len(sound))))  # reflection needs some
        return torch.stft(padded, self._size, self._hop, size, window, return_complex=True)
