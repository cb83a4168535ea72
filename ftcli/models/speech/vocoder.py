"""From the log-mel spectrograms of SpeechT5 to sound: a network if there is one, else Griffin and Lim's method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

from ftcli.errors import WeightsError
from ftcli.models.pretrained.hub import first_line, resolve
from ftcli.models.pretrained.networks import pickled_weights, quiet
from ftcli.models.pretrained.weights import misfit
from ftcli.models.speech.griffin_lim import GriffinLim

Vocoder = Callable[[Tensor], Tensor]


def hifigan(name: str) -> Any:
    """The HiFi-GAN with the Hugging Face id or folder `name`, in eval mode.

    Raises `WeightsError` for one that is missing, for another network, and for one whose weights are not all there.
    """
    folder = resolve(name, weights=True)
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
    return net.eval()


def load_vocoder(name: str | None, extractor: Any = None) -> Vocoder:
    """The HiFi-GAN (Kong et al. 2020) with the Hugging Face id or folder `name`, or `GriffinLim` without a name.

    Raises `WeightsError` for one that is missing or no such network.
    """
    if name is None:
        return GriffinLim(extractor)
    net = hifigan(name)

    @torch.no_grad()
    def vocoder(spectrogram: Tensor) -> Tensor:
        net.to(spectrogram.device)
        sound: Tensor = net(spectrogram.float())
        return sound.float().cpu()

    return vocoder
