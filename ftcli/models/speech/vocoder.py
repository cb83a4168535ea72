"""From the log-mel spectrograms of SpeechT5 to sound: a network if there is one, else Griffin and Lim's method."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import SpeechT5FeatureExtractor, SpeechT5HifiGan, SpeechT5HifiGanConfig

from ftcli.errors import WeightsError
from ftcli.models.pretrained.hub import first_line, resolve
from ftcli.models.pretrained.networks import pickled_weights, quiet
from ftcli.models.pretrained.weights import misfit

ROUNDS = 60
MOMENTUM = 0.99  # of the fast variant
INVERSIONS = 30  # steps from mel bins back to frequencies

Vocoder = Callable[[Tensor], Tensor]


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


def _hifigan(folder: Path) -> Any:
    """The network in `folder`. Raises `WeightsError` for another one, or one whose weights are not all there."""
    state = pickled_weights(folder)
    options: dict[str, Any] = {"state_dict": state} if state else {"use_safetensors": True}
    try:
        with quiet():
            config = SpeechT5HifiGanConfig.from_pretrained(str(folder))
            net, info = SpeechT5HifiGan.from_pretrained(
                None if state else str(folder), config=config, output_loading_info=True, **options
            )
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{folder}: no HiFi-GAN can be read from it ({first_line(error)})") from error
    if info["missing_keys"]:
        raise misfit(folder, sorted(info["missing_keys"]), sorted(info["unexpected_keys"]), [])
    return net


def load_vocoder(name: str | None, extractor: Any = None) -> Vocoder:
    """The HiFi-GAN (Kong et al. 2020) with the Hugging Face id or folder `name`, or `GriffinLim` without a name.

    Raises `WeightsError` for one that is missing or no such network.
    """
    if name is None:
        return GriffinLim(extractor)
    folder = resolve(name, weights=True)
    net = _hifigan(folder).eval()

    @torch.no_grad()
    def vocoder(spectrogram: Tensor) -> Tensor:
        net.to(spectrogram.device)
        sound: Tensor = net(spectrogram.float())
        return sound.float().cpu()

    return vocoder
